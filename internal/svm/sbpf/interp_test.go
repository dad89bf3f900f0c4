package sbpf

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

// Operands for signs, carries, shifts beyond the width and the halves of a register.
var values = []uint64{
	0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 0x7fff, 0x8000, 0xffff, math.MaxInt32, 1 << 31, math.MaxUint32, 1 << 32,
	0x1234_5678_9abc_def0, math.MaxInt64, 1 << 63, math.MaxUint64, math.MaxUint64 - 1,
}

// TestArithmetic compares every binary operation, by register and by immediate, with Go's.
func TestArithmetic(t *testing.T) {
	sx := func(v uint32) uint64 { return uint64(int64(int32(v))) }
	zx := func(v uint32) uint64 { return uint64(v) }
	for _, c := range []struct {
		name     string
		imm, reg uint8
		want     func(a, b uint64) uint64
	}{
		{"add64", 0x07, 0x0f, func(a, b uint64) uint64 { return a + b }},
		{"sub64", 0x17, 0x1f, func(a, b uint64) uint64 { return a - b }},
		{"mul64", 0x27, 0x2f, func(a, b uint64) uint64 { _, lo := bits.Mul64(a, b); return lo }},
		{"or64", 0x47, 0x4f, func(a, b uint64) uint64 { return a | b }},
		{"and64", 0x57, 0x5f, func(a, b uint64) uint64 { return a & b }},
		{"lsh64", 0x67, 0x6f, func(a, b uint64) uint64 { return a << (b % 64) }},
		{"rsh64", 0x77, 0x7f, func(a, b uint64) uint64 { return a >> (b % 64) }},
		{"xor64", 0xa7, 0xaf, func(a, b uint64) uint64 { return a ^ b }},
		{"mov64", 0xb7, 0xbf, func(_, b uint64) uint64 { return b }},
		{"arsh64", 0xc7, 0xcf, func(a, b uint64) uint64 { return uint64(int64(a) >> (b % 64)) }},
		{"add32", 0x04, 0x0c, func(a, b uint64) uint64 { return sx(uint32(a) + uint32(b)) }},
		{"sub32", 0x14, 0x1c, func(a, b uint64) uint64 { return sx(uint32(a) - uint32(b)) }},
		{"mul32", 0x24, 0x2c, func(a, b uint64) uint64 { return sx(uint32(a) * uint32(b)) }},
		{"or32", 0x44, 0x4c, func(a, b uint64) uint64 { return zx(uint32(a) | uint32(b)) }},
		{"and32", 0x54, 0x5c, func(a, b uint64) uint64 { return zx(uint32(a) & uint32(b)) }},
		{"lsh32", 0x64, 0x6c, func(a, b uint64) uint64 { return zx(uint32(a) << (b % 32)) }},
		{"rsh32", 0x74, 0x7c, func(a, b uint64) uint64 { return zx(uint32(a) >> (b % 32)) }},
		{"xor32", 0xa4, 0xac, func(a, b uint64) uint64 { return zx(uint32(a) ^ uint32(b)) }},
		{"mov32", 0xb4, 0xbc, func(_, b uint64) uint64 { return zx(uint32(b)) }},
		{"arsh32", 0xc4, 0xcc, func(a, b uint64) uint64 { return zx(uint32(int32(a) >> (b % 32))) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			shift := c.imm&0xf0 == 0x60 || c.imm&0xf0 == 0x70 || c.imm&0xf0 == 0xc0
			width := uint64(64)
			if c.imm&7 == 4 {
				width = 32
			}
			for _, a := range values {
				for _, b := range values {
					p := assemble(t, V0, noCalls(t), text(lddw(0, a), lddw(1, b), op(c.reg, 0, 1, 0, 0), exit()))
					got, left, err := run(t, p)
					require.NoError(t, err)
					require.Equal(t, c.want(a, b), got, "%#x %s %#x", a, c.name, b)
					require.EqualValues(t, 10_000-4, left)
					if shift && b >= width {
						continue // the verifier refuses it
					}
					p = assemble(t, V3, noCalls(t), text(lddw(0, a), op(c.imm, 0, 0, 0, int32(uint32(b))), exit()))
					got, _, err = run(t, p)
					require.NoError(t, err)
					require.Equal(t, c.want(a, uint64(int64(int32(uint32(b))))), got, "%#x %s immediate %#x", a, c.name, b)
				}
			}
		})
	}
}

func TestDivision(t *testing.T) {
	for _, c := range []struct {
		name     string
		imm, reg uint8
		wide     bool
		want     func(a, b uint64) uint64
	}{
		{"div64", 0x37, 0x3f, true, func(a, b uint64) uint64 { return a / b }},
		{"mod64", 0x97, 0x9f, true, func(a, b uint64) uint64 { return a % b }},
		{"div32", 0x34, 0x3c, false, func(a, b uint64) uint64 { return uint64(uint32(a) / uint32(b)) }},
		{"mod32", 0x94, 0x9c, false, func(a, b uint64) uint64 { return uint64(uint32(a) % uint32(b)) }},
	} {
		for _, a := range values {
			for _, b := range values {
				got, _, err := run(t, assemble(t, V0, noCalls(t), text(lddw(0, a), lddw(1, b), op(c.reg, 0, 1, 0, 0), exit())))
				if b == 0 || !c.wide && uint32(b) == 0 {
					require.Equal(t, ErrDivideByZero, err, "%s by %#x", c.name, b)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, c.want(a, b), got, "%#x %s %#x", a, c.name, b)
				imm := int32(uint32(b))
				if imm == 0 {
					continue // the verifier refuses it
				}
				got, _, err = run(t, assemble(t, V0, noCalls(t), text(lddw(0, a), op(c.imm, 0, 0, 0, imm), exit())))
				require.NoError(t, err)
				require.Equal(t, c.want(a, uint64(int64(imm))), got, "%#x %s immediate %#x", a, c.name, imm)
			}
		}
	}
}

func TestUnary(t *testing.T) {
	const v = 0x8123_4567_89ab_cdef
	for _, c := range []struct {
		name string
		code []byte
		want uint64
	}{
		{"neg64", op(opNeg64, 0, 0, 0, 0), 0x7edc_ba98_7654_3211},
		{"neg32", op(opNeg32, 0, 0, 0, 0), 0x7654_3211},
		{"le16", op(opLe, 0, 0, 0, 16), 0xcdef},
		{"le32", op(opLe, 0, 0, 0, 32), 0x89ab_cdef},
		{"le64", op(opLe, 0, 0, 0, 64), v},
		{"be16", op(opBe, 0, 0, 0, 16), 0xefcd},
		{"be32", op(opBe, 0, 0, 0, 32), 0xefcd_ab89},
		{"be64", op(opBe, 0, 0, 0, 64), 0xefcd_ab89_6745_2381},
	} {
		got, _, err := run(t, assemble(t, V0, noCalls(t), text(lddw(0, v), c.code, exit())))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
}

// TestJumps compares every conditional jump, of 64 and 32 bits, with Go's comparison.
func TestJumps(t *testing.T) {
	for _, c := range []struct {
		name string
		code uint8
		want func(a, b uint64) bool
		low  func(a, b uint32) bool
	}{
		{"jeq", 0x10, func(a, b uint64) bool { return a == b }, func(a, b uint32) bool { return a == b }},
		{"jgt", 0x20, func(a, b uint64) bool { return a > b }, func(a, b uint32) bool { return a > b }},
		{"jge", 0x30, func(a, b uint64) bool { return a >= b }, func(a, b uint32) bool { return a >= b }},
		{"jset", 0x40, func(a, b uint64) bool { return a&b != 0 }, func(a, b uint32) bool { return a&b != 0 }},
		{"jne", 0x50, func(a, b uint64) bool { return a != b }, func(a, b uint32) bool { return a != b }},
		{"jsgt", 0x60, func(a, b uint64) bool { return int64(a) > int64(b) }, func(a, b uint32) bool { return int32(a) > int32(b) }},
		{"jsge", 0x70, func(a, b uint64) bool { return int64(a) >= int64(b) }, func(a, b uint32) bool { return int32(a) >= int32(b) }},
		{"jlt", 0xa0, func(a, b uint64) bool { return a < b }, func(a, b uint32) bool { return a < b }},
		{"jle", 0xb0, func(a, b uint64) bool { return a <= b }, func(a, b uint32) bool { return a <= b }},
		{"jslt", 0xc0, func(a, b uint64) bool { return int64(a) < int64(b) }, func(a, b uint32) bool { return int32(a) < int32(b) }},
		{"jsle", 0xd0, func(a, b uint64) bool { return int64(a) <= int64(b) }, func(a, b uint32) bool { return int32(a) <= int32(b) }},
	} {
		taken := func(a, b uint64, jump []byte) bool {
			got, _, err := run(t, assemble(t, V3, noCalls(t), text(lddw(1, a), lddw(2, b), op(opMov64I, 0, 0, 0, 1), jump,
				op(opMov64I, 0, 0, 0, 0), exit())))
			require.NoError(t, err)
			return got == 1
		}
		for _, a := range values {
			for _, b := range values {
				imm := int32(uint32(b))
				wide := uint64(int64(imm))
				require.Equal(t, c.want(a, b), taken(a, b, op(c.code|5|8, 1, 2, 1, 0)), "%s %#x %#x", c.name, a, b)
				require.Equal(t, c.want(a, wide), taken(a, b, op(c.code|5, 1, 0, 1, imm)), "%s %#x imm %#x", c.name, a, imm)
				require.Equal(t, c.low(uint32(a), uint32(b)), taken(a, b, op(c.code|6|8, 1, 2, 1, 0)), "%s32 %#x %#x", c.name, a, b)
				require.Equal(t, c.low(uint32(a), uint32(imm)), taken(a, b, op(c.code|6, 1, 0, 1, imm)), "%s32 %#x imm %#x", c.name, a, imm)
			}
		}
	}
	_, err := newProgram(&image{version: V0, text: text(op(opJeq32I, 0, 0, 0, 0), exit())}, noCalls(t))
	require.ErrorContains(t, err, "unknown opcode", "32-bit jumps are not for V0")
}
