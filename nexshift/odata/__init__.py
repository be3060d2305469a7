"""OData 4.0 over the flat tables: what its URLs, filters and documents mean.  Knows no HTTP."""
