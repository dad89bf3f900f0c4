package kernel

import (
	"fmt"
	"os"
	"sync/atomic"
)

// Class is a set of kernels for one instruction set.
type Class int

const (
	// Portable is plain Go, for processors without assembly kernels.
	Portable Class = iota
	// AVX2 needs AVX2 and FMA (Intel Haswell, AMD Zen, and later).
	AVX2
	// AVX512 needs AVX-512F and DQ (Intel Skylake-SP, AMD Zen 4, and later).
	AVX512
)

// String returns the name of the class, as in the environment variable.
func (c Class) String() string {
	switch c {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("Class(%d)", int(c))
}

// EnvClass is the environment variable that selects a lower class than the
// processor has, to compare classes or to get the same bits as another machine.
const EnvClass = "DECLOUD_KERNEL"

var current atomic.Int32

func init() {
	class := Best()
	for c := Portable; c < class; c++ {
		if os.Getenv(EnvClass) == c.String() {
			class = c
		}
	}
	current.Store(int32(class))
}

// Current returns the class in use.
func Current() Class { return Class(current.Load()) }

// Use sets the class in use for the whole process and returns the previous one;
// it fails if the processor lacks it. It is meant for tests and benchmarks:
// nothing else may be running.
func Use(c Class) (before Class, err error) {
	if c < Portable || c > Best() {
		return Current(), fmt.Errorf("kernel class %v: this processor has %v", c, Best())
	}
	return Class(current.Swap(int32(c))), nil
}
