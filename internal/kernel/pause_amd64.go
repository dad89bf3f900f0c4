package kernel

// pause waits some 100 cycles without using the memory bus or the sibling
// thread's share of the core.
//
//go:noescape
func pause()
