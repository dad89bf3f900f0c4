package svm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// Costs of the system calls, in compute units.
const (
	costSyscall       = 100
	costPDA           = 1_500
	costInvoke        = 946
	costMemOp         = 10
	costSHA256        = 85
	costSysvar        = 100
	bytesPerUnit      = 250
	maxHashSlices     = 20_000
	maxReturnData     = 1_024
	maxSeeds          = 16
	maxSeedLen        = 32
	maxSigners        = 16
	maxCPIAccounts    = 255
	maxCPIData        = 10 * 1024
	maxCPIInfos       = 255
	accountInfoBytes  = 80
	accountMetaBytes  = 34
	programAddressTag = "ProgramDerivedAddress"
)

// Errors of system calls, worded as on a cluster.
var (
	errAbort           = errors.New("SBF program panicked")
	errUnalignedPtr    = errors.New("Unaligned pointer")
	errInvalidLength   = errors.New("InvalidLength")
	errInvalidPointer  = errors.New("Invalid pointer")
	errCopyOverlapping = errors.New("Overlapping copy")
	errTooManySlices   = errors.New("Hashing too many sequences")
	errTooManySigners  = errors.New("Too many signers")
	errSeedsTooLong    = errors.New("Could not create program address with signer seeds: Length of the seed is too long for address generation")
	errSeedsInvalid    = errors.New("Could not create program address with signer seeds: Provided seeds do not result in a valid address")
)

// syscalls holds all system calls, deploySyscalls those that a newly deployed program may use. init sets them, since
// they refer to themselves through invocations.
var syscalls, deploySyscalls *sbpf.Syscalls

func init() {
	byName := syscallsByName()
	syscalls = mustRegister(byName)
	delete(byName, "sol_alloc_free_")
	deploySyscalls = mustRegister(byName)
}

// mustRegister returns a registry. An error would mean that two names in the table below have the same hash.
func mustRegister(byName map[string]sbpf.Syscall) *sbpf.Syscalls {
	s, err := sbpf.NewSyscalls(byName)
	if err != nil {
		panic(err)
	}
	return s
}

func syscallsByName() map[string]sbpf.Syscall {
	return map[string]sbpf.Syscall{
		"abort":                                 sysAbort,
		"sol_panic_":                            sysPanic,
		"sol_log_":                              sysLog,
		"sol_log_64_":                           sysLog64,
		"sol_log_pubkey":                        sysLogPubkey,
		"sol_log_compute_units_":                sysLogComputeUnits,
		"sol_log_data":                          sysLogData,
		"sol_create_program_address":            sysCreateProgramAddress,
		"sol_try_find_program_address":          sysTryFindProgramAddress,
		"sol_sha256":                            hashCall("Sha256", newSHA256),
		"sol_keccak256":                         hashCall("Keccak256", newKeccak256),
		"sol_memcpy_":                           sysMemcpy,
		"sol_memmove_":                          sysMemmove,
		"sol_memset_":                           sysMemset,
		"sol_memcmp_":                           sysMemcmp,
		"sol_get_clock_sysvar":                  sysvarCall(40, (*frame).clockImage),
		"sol_get_rent_sysvar":                   sysvarCall(24, (*frame).rentImage),
		"sol_get_epoch_schedule_sysvar":         sysvarCall(40, (*frame).epochScheduleImage),
		"sol_get_epoch_rewards_sysvar":          sysvarCall(96, (*frame).epochRewardsImage),
		"sol_get_last_restart_slot":             sysvarCall(8, (*frame).lastRestartSlotImage),
		"sol_get_sysvar":                        sysGetSysvar,
		"sol_set_return_data":                   sysSetReturnData,
		"sol_get_return_data":                   sysGetReturnData,
		"sol_get_stack_height":                  sysGetStackHeight,
		"sol_get_processed_sibling_instruction": sysGetSibling,
		"sol_get_epoch_stake":                   sysGetEpochStake,
		"sol_alloc_free_":                       sysAllocFree,
		"sol_invoke_signed_c":                   sysInvokeC,
		"sol_invoke_signed_rust":                sysInvokeRust,
		// Known, so that programs that name them without calling them can be loaded.
		"sol_secp256k1_recover":     unsupported("sol_secp256k1_recover"),
		"sol_poseidon":              unsupported("sol_poseidon"),
		"sol_curve_decompress":      unsupported("sol_curve_decompress"),
		"sol_curve_pairing_map":     unsupported("sol_curve_pairing_map"),
		"sol_curve_validate_point":  unsupported("sol_curve_validate_point"),
		"sol_curve_group_op":        unsupported("sol_curve_group_op"),
		"sol_curve_multiscalar_mul": unsupported("sol_curve_multiscalar_mul"),
		"sol_alt_bn128_group_op":    unsupported("sol_alt_bn128_group_op"),
		"sol_alt_bn128_compression": unsupported("sol_alt_bn128_compression"),
	}
}

// unsupported returns a system call that fails, for those that this ledger lacks.
func unsupported(name string) sbpf.Syscall {
	return func(*sbpf.VM, uint64, uint64, uint64, uint64, uint64) (uint64, error) {
		return 0, fmt.Errorf("system call %s is not supported by the test ledger", name)
	}
}

// frameOf returns the frame of the instruction that a virtual machine runs.
func frameOf(vm *sbpf.VM) *frame {
	f, _ := vm.Ctx.(*frame)
	return f
}

// charge takes compute units.
func charge(vm *sbpf.VM, n uint64) error {
	if !vm.Consume(n) {
		return errComputationalBudgetExceeded
	}
	return nil
}

// array returns n elements of size bytes each at addr, which must be aligned.
func array(vm *sbpf.VM, addr, n, size, align uint64, store bool) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	if n > (1<<63-1)/size {
		return nil, errInvalidLength
	}
	b, err := vm.Bytes(addr, n*size, store)
	if err == nil && addr%align != 0 {
		err = errUnalignedPtr
	}
	return b, err
}

// byteSlices returns the slices described by n pairs of address and length at addr. check, if not nil, may refuse a
// length.
func byteSlices(vm *sbpf.VM, addr, n uint64, check func(length uint64) error) ([][]byte, error) {
	pairs, err := array(vm, addr, n, 16, 8, false)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(pairs)/16)
	for ; len(pairs) > 0; pairs = pairs[16:] {
		ptr, length := binary.LittleEndian.Uint64(pairs), binary.LittleEndian.Uint64(pairs[8:])
		if check != nil {
			if err := check(length); err != nil {
				return nil, err
			}
		}
		b, err := array(vm, ptr, length, 1, 1, false)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// key reads a public key.
func key(vm *sbpf.VM, addr uint64) (k solana.PublicKey, err error) {
	b, err := vm.Bytes(addr, 32, false)
	copy(k[:], b)
	return k, err
}

// text reads a string.
func text(vm *sbpf.VM, addr, n uint64) (string, error) {
	b, err := array(vm, addr, n, 1, 1, false)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", invalidString(b)
	}
	return string(b), nil
}

// invalidString returns Rust's error message for bytes that are not UTF-8.
func invalidString(b []byte) error {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	list := make([]int, len(b))
	for i, v := range b {
		list[i] = int(v)
	}
	rest := b[at:]
	what := fmt.Sprintf("invalid utf-8 sequence of %d bytes from index %d", badPrefix(rest), at)
	if !utf8.FullRune(rest) {
		what = fmt.Sprintf("incomplete utf-8 byte sequence from index %d", at)
	}
	return fmt.Errorf("%s: %s", what, rustList(list))
}

// badPrefix returns how many bytes of an invalid sequence to skip: the longest prefix of a valid one.
func badPrefix(b []byte) int {
	n := 1
	for n < len(b) && n < 4 && !utf8.FullRune(b[:n]) {
		n++
	}
	return max(1, n-1)
}

// rustList formats numbers as Rust's Debug does.
func rustList(v []int) string {
	out := []byte{'['}
	for i, n := range v {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = fmt.Append(out, n)
	}
	return string(append(out, ']'))
}

func sysAbort(*sbpf.VM, uint64, uint64, uint64, uint64, uint64) (uint64, error) { return 0, errAbort }

func sysPanic(vm *sbpf.VM, file, n, line, column, _ uint64) (uint64, error) {
	if err := charge(vm, n); err != nil {
		return 0, err
	}
	name, err := text(vm, file, n)
	if err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("SBF program Panicked in %s at %d:%d", name, line, column)
}

func sysAllocFree(vm *sbpf.VM, size, free, _, _, _ uint64) (uint64, error) {
	if free != 0 || size > 1<<63-8 {
		return 0, nil
	}
	return vm.Alloc(size), nil
}
