package svm

import (
	"crypto/sha256"
	"hash"

	"github.com/gagliardetto/solana-go"
	"golang.org/x/crypto/sha3"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

func newSHA256() hash.Hash    { return sha256.New() }
func newKeccak256() hash.Hash { return sha3.NewLegacyKeccak256() }

// hashCall returns the system call for a hash of 32 bytes.
func hashCall(name string, create func() hash.Hash) sbpf.Syscall {
	return func(vm *sbpf.VM, vals, n, result, _, _ uint64) (uint64, error) {
		if n > maxHashSlices {
			frameOf(vm).x.logs.addf("%s Hashing %d sequences in one syscall is over the limit %d", name, n, maxHashSlices)
			return 0, errTooManySlices
		}
		if err := charge(vm, costSHA256); err != nil {
			return 0, err
		}
		out, err := array(vm, result, 32, 1, 1, true)
		if err != nil {
			return 0, err
		}
		pairs, err := array(vm, vals, n, 16, 8, false)
		if err != nil {
			return 0, err
		}
		h := create()
		for ; len(pairs) > 0; pairs = pairs[16:] {
			length := le64(pairs[8:])
			b, err := array(vm, le64(pairs), length, 1, 1, false)
			if err != nil {
				return 0, err
			}
			if err := charge(vm, max(costMemOp, length/2)); err != nil {
				return 0, err
			}
			h.Write(b)
		}
		copy(out, h.Sum(nil))
		return 0, nil
	}
}

// curveCache remembers which hashes lie on the curve: programs derive the same addresses repeatedly, and the check
// takes longer than most programs run.
type curveCache map[solana.PublicKey]bool

// maxCurveCache bounds the cache, which is emptied when it is full.
const maxCurveCache = 1 << 14

func (c curveCache) onCurve(k solana.PublicKey) bool {
	on, ok := c[k]
	if !ok {
		if len(c) >= maxCurveCache {
			clear(c)
		}
		on = solana.IsOnCurve(k[:])
		c[k] = on
	}
	return on
}

// programAddress derives an address; ok is false if the hash lies on the curve.
func (x *execution) programAddress(seeds [][]byte, bump []byte, id solana.PublicKey) (addr solana.PublicKey, ok bool) {
	h := sha256.New()
	for _, s := range seeds {
		h.Write(s)
	}
	h.Write(bump)
	h.Write(id[:])
	h.Write([]byte(programAddressTag))
	var k solana.PublicKey
	h.Sum(k[:0])
	return k, !x.bank.curve.onCurve(k)
}

// seedsAndID reads the arguments of the system calls that derive program addresses.
func seedsAndID(vm *sbpf.VM, addr, n, idAddr uint64) ([][]byte, solana.PublicKey, error) {
	if err := charge(vm, costPDA); err != nil {
		return nil, solana.PublicKey{}, err
	}
	if _, err := array(vm, addr, n, 16, 8, false); err != nil {
		return nil, solana.PublicKey{}, err
	}
	if n > maxSeeds {
		return nil, solana.PublicKey{}, errSeedsTooLong
	}
	seeds, err := byteSlices(vm, addr, n, func(length uint64) error {
		if length > maxSeedLen {
			return errSeedsTooLong
		}
		return nil
	})
	if err != nil {
		return nil, solana.PublicKey{}, err
	}
	id, err := key(vm, idAddr)
	return seeds, id, err
}

func sysCreateProgramAddress(vm *sbpf.VM, seedsAddr, n, idAddr, result, _ uint64) (uint64, error) {
	seeds, id, err := seedsAndID(vm, seedsAddr, n, idAddr)
	if err != nil {
		return 0, err
	}
	k, ok := frameOf(vm).x.programAddress(seeds, nil, id)
	if !ok {
		return 1, nil
	}
	out, err := array(vm, result, 32, 1, 1, true)
	if err != nil {
		return 0, err
	}
	copy(out, k[:])
	return 0, nil
}

func sysTryFindProgramAddress(vm *sbpf.VM, seedsAddr, n, idAddr, result, bumpAddr uint64) (uint64, error) {
	seeds, id, err := seedsAndID(vm, seedsAddr, n, idAddr)
	if err != nil {
		return 0, err
	}
	x := frameOf(vm).x
	for bump := byte(255); bump > 0; bump-- {
		// The bump counts as a seed, of which there are at most maxSeeds.
		if k, ok := x.programAddress(seeds, []byte{bump}, id); ok && n < maxSeeds {
			bumpOut, err := array(vm, bumpAddr, 1, 1, 1, true)
			if err != nil {
				return 0, err
			}
			out, err := array(vm, result, 32, 1, 1, true)
			if err != nil {
				return 0, err
			}
			if bumpAddr >= result && bumpAddr-result < 32 {
				return 0, errCopyOverlapping
			}
			bumpOut[0] = bump
			copy(out, k[:])
			return 0, nil
		}
		if err := charge(vm, costPDA); err != nil {
			return 0, err
		}
	}
	return 1, nil
}
