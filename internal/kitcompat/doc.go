// Package kitcompat proves that clients written for the public Python kits work with the round program and the local
// chain. Its client (kit/) is typed from the published interface alone, in Python, on the libraries that the kits use; the
// test beside it starts a chain with ports, lets the client play whole rounds, and then reads from the chain, with the Go
// packages, what came of it.
//
// It needs Python 3.9 or newer with the packages of requirements.txt:
//
//	python3 -m venv VENV && VENV/bin/pip install --require-hashes -r internal/kitcompat/requirements.txt
//
// The test looks for the interpreter in DECLOUD_KIT_PYTHON, then for the environment that .ci/install makes
// (~/.cache/decloud-ci/venv), then for python3.
package kitcompat
