"""Web pages and sites: a small server with everything that sites do to whoever reads them."""
