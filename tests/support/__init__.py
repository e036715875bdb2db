"""What the tests share: databases, the page checks, a browser, the cast, and the checks behind `make check`."""
