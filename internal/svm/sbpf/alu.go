package sbpf

import "math/bits"

// operand64 returns the second operand: the source register or the immediate, depending on the operation.
func (in *insn) operand64(r *[16]uint64) uint64 {
	if in.op&8 != 0 {
		return r[in.src&15]
	}
	return in.imm
}

// operand is the low half of operand64.
func (in *insn) operand(r *[16]uint64) uint32 { return uint32(in.operand64(r)) }

// jump32 reports whether a 32-bit jump of V3 is taken.
func jump32(op uint8, a, b uint32) bool {
	switch op &^ 8 {
	case opJeq32I:
		return a == b
	case opJne32I:
		return a != b
	case opJgt32I:
		return a > b
	case opJge32I:
		return a >= b
	case opJlt32I:
		return a < b
	case opJle32I:
		return a <= b
	case opJsgt32I:
		return int32(a) > int32(b)
	case opJsge32I:
		return int32(a) >= int32(b)
	case opJslt32I:
		return int32(a) < int32(b)
	case opJsle32I:
		return int32(a) <= int32(b)
	default: // opJset32I
		return a&b != 0
	}
}

// signed sign-extends a 32-bit result, as additions, subtractions and multiplications do.
func signed(v uint32) uint64 { return uint64(int64(int32(v))) }

// rareArithmetic computes division, all 32-bit arithmetic and byte swaps. a is the destination register, b the operand.
func rareArithmetic(op uint8, a, b uint64) (uint64, error) {
	x, y := uint32(a), uint32(b)
	switch op {
	case opDiv64I, opDiv64R, opMod64I, opMod64R:
		if b == 0 {
			return 0, ErrDivideByZero
		}
		if op&^8 == opDiv64I {
			return a / b, nil
		}
		return a % b, nil
	case opDiv32I, opDiv32R, opMod32I, opMod32R:
		if y == 0 {
			return 0, ErrDivideByZero
		}
		if op&^8 == opDiv32I {
			return uint64(x / y), nil
		}
		return uint64(x % y), nil
	case opAdd32I, opAdd32R:
		return signed(x + y), nil
	case opSub32I, opSub32R:
		return signed(x - y), nil
	case opMul32I, opMul32R:
		return signed(x * y), nil
	case opOr32I, opOr32R:
		return uint64(x | y), nil
	case opAnd32I, opAnd32R:
		return uint64(x & y), nil
	case opXor32I, opXor32R:
		return uint64(x ^ y), nil
	case opMov32I, opMov32R:
		return uint64(y), nil
	case opLsh32I, opLsh32R:
		return uint64(x << (y & 31)), nil
	case opRsh32I, opRsh32R:
		return uint64(x >> (y & 31)), nil
	case opArsh32I, opArsh32R:
		return uint64(uint32(int32(x) >> (y & 31))), nil
	case opNeg32:
		return uint64(-x), nil
	case xTruncate, xByteswap:
		return swapBytes(op == xByteswap, a, b)
	}
	return 0, ErrUnsupportedInsn
}

// swapBytes truncates a to its low n bits and, if swap is set, reverses their bytes.
func swapBytes(swap bool, a, n uint64) (uint64, error) {
	switch n {
	case 16:
		if swap {
			return uint64(bits.ReverseBytes16(uint16(a))), nil
		}
		return uint64(uint16(a)), nil
	case 32:
		if swap {
			return uint64(bits.ReverseBytes32(uint32(a))), nil
		}
		return uint64(uint32(a)), nil
	case 64:
		if swap {
			return bits.ReverseBytes64(a), nil
		}
		return a, nil
	}
	return 0, ErrInvalidInsn
}
