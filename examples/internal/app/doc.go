// Package app is what the example apps (creator, trainer, validator) share:
// commands with help, settings in a file that only its owner can read, the
// wallet, the network, the stores, and how things are shown.
//
// An app is data: a list of commands, each of which binds its flags and returns
// what to do. [App.Run] does the rest, so that a test can run a whole command
// line in its own process.
package app
