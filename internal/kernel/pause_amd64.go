package kernel

// pause spends a moment (some 100 cycles) without taking the memory bus or the
// sibling thread's share of the core.
//
//go:noescape
func pause()
