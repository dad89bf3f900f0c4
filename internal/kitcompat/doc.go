// Package kitcompat tests that clients written for the public Python kits work with the round program and the local
// chain. Its client (kit/) is written from the published interface only, in Python, with the libraries that the kits
// use. The test starts a chain with ports, lets the client play whole rounds, and then checks the results on the chain
// with the Go packages.
//
// It needs Python 3.9 or newer with the packages of requirements.txt: see internal/pyclients.
package kitcompat
