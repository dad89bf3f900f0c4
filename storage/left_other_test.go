//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package storage_test

func leftWorker(string, string) {} // no locks there that tell whose process lives
