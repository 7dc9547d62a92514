"""Text to signatures, signatures to clusters, clusters to survivors.

``signatures`` (MinHash), ``textkey`` and ``urls`` measure: they see a batch of texts or addresses. ``clusters``
decides: it sees only those columns. Nothing is imported here, so that recipes can be checked without Numba.
"""
