package svm

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// satAdd is saturating addition.
func satAdd(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// overlapping reports whether two ranges of n bytes overlap.
func overlapping(a, b, n uint64) bool {
	if a > b {
		return a-b < n
	}
	return b-a < n
}

func chargeMemOp(vm *sbpf.VM, n uint64) error { return charge(vm, max(costMemOp, n/bytesPerUnit)) }

func sysMemcpy(vm *sbpf.VM, dst, src, n, _, _ uint64) (uint64, error) {
	if err := chargeMemOp(vm, n); err != nil {
		return 0, err
	}
	if overlapping(src, dst, n) {
		return 0, errCopyOverlapping
	}
	return 0, move(vm, dst, src, n)
}

func sysMemmove(vm *sbpf.VM, dst, src, n, _, _ uint64) (uint64, error) {
	if err := chargeMemOp(vm, n); err != nil {
		return 0, err
	}
	return 0, move(vm, dst, src, n)
}

func move(vm *sbpf.VM, dst, src, n uint64) error {
	to, err := array(vm, dst, n, 1, 1, true)
	if err != nil {
		return err
	}
	from, err := array(vm, src, n, 1, 1, false)
	if err != nil {
		return err
	}
	copy(to, from)
	return nil
}

func sysMemset(vm *sbpf.VM, dst, c, n, _, _ uint64) (uint64, error) {
	if err := chargeMemOp(vm, n); err != nil {
		return 0, err
	}
	b, err := array(vm, dst, n, 1, 1, true)
	if err != nil {
		return 0, err
	}
	for i := range b {
		b[i] = byte(c)
	}
	return 0, nil
}

func sysMemcmp(vm *sbpf.VM, a, b, n, result, _ uint64) (uint64, error) {
	if err := chargeMemOp(vm, n); err != nil {
		return 0, err
	}
	x, err := array(vm, a, n, 1, 1, false)
	if err != nil {
		return 0, err
	}
	y, err := array(vm, b, n, 1, 1, false)
	if err != nil {
		return 0, err
	}
	diff := int32(0)
	if !bytes.Equal(x, y) {
		i := 0
		for x[i] == y[i] {
			i++
		}
		diff = int32(x[i]) - int32(y[i])
	}
	out, err := array(vm, result, 1, 4, 4, true)
	if err != nil {
		return 0, err
	}
	binary.LittleEndian.PutUint32(out, uint32(diff))
	return 0, nil
}
