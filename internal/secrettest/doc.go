// Package secrettest checks that what holds a secret shows nothing of it: under every verb of fmt, in every encoder of
// the standard library, in logs and in a panic.
package secrettest
