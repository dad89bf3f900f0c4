package app

import (
	"runtime"
	"runtime/debug"
)

// spareMemory is what a daemon needs beside its data and its worker's budget, in
// bytes: for fetching, for what the chain answers, for goroutines.
const spareMemory = 192 << 20

// LimitMemory has Go's collector keep the process within a worker's budget, in
// bytes, above what is in use when it is called: the data sets. Without a limit
// the collector lets garbage pile up as high as what is in use. Where GOMEMLIMIT
// is set, that is the limit.
func (c *Call) LimitMemory(budget int64) {
	if c.Env("GOMEMLIMIT") != "" {
		return
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	debug.SetMemoryLimit(int64(m.HeapAlloc) + budget + spareMemory)
}
