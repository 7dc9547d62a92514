"""What libraries deliver: pages in ALTO, PAGE, hOCR and others, alone or in packages, with the way back to the page."""
