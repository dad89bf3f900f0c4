package svm

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

func sysLog(vm *sbpf.VM, addr, n, _, _, _ uint64) (uint64, error) {
	if err := charge(vm, max(costSyscall, n)); err != nil {
		return 0, err
	}
	s, err := text(vm, addr, n)
	if err != nil {
		return 0, err
	}
	frameOf(vm).x.logs.program(s)
	return 0, nil
}

func sysLog64(vm *sbpf.VM, a, b, c, d, e uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	frameOf(vm).x.logs.program(fmt.Sprintf("%#x, %#x, %#x, %#x, %#x", a, b, c, d, e))
	return 0, nil
}

func sysLogPubkey(vm *sbpf.VM, addr, _, _, _, _ uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	k, err := key(vm, addr)
	if err != nil {
		return 0, err
	}
	frameOf(vm).x.logs.program(k.String())
	return 0, nil
}

func sysLogComputeUnits(vm *sbpf.VM, _, _, _, _, _ uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	frameOf(vm).x.logs.addf("Program consumption: %d units remaining", *vm.Meter)
	return 0, nil
}

func sysLogData(vm *sbpf.VM, addr, n, _, _, _ uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	pairs, err := array(vm, addr, n, 16, 8, false)
	if err != nil {
		return 0, err
	}
	if err := charge(vm, costSyscall*uint64(len(pairs)/16)); err != nil {
		return 0, err
	}
	total := uint64(0)
	for at := 8; at < len(pairs); at += 16 {
		total = satAdd(total, le64(pairs[at:]))
	}
	if err := charge(vm, total); err != nil {
		return 0, err
	}
	fields, err := byteSlices(vm, addr, n, nil)
	if err != nil {
		return 0, err
	}
	frameOf(vm).x.logs.data(fields)
	return 0, nil
}
