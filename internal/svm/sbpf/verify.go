package sbpf

import (
	"encoding/binary"
	"fmt"
)

// rawInsn is an instruction as encoded in the text.
type rawInsn struct {
	op, dst, src uint8
	off          int16
	imm          int32
}

func rawAt(text []byte, pc int) rawInsn {
	b := text[pc*InsnSize:]
	return rawInsn{
		op: b[0], dst: b[1] & 15, src: b[1] >> 4,
		off: int16(binary.LittleEndian.Uint16(b[2:])),
		imm: int32(binary.LittleEndian.Uint32(b[4:])),
	}
}

// opRule is what the verifier requires of an operation.
type opRule uint8

const (
	ruleUnknown opRule = iota
	ruleNone
	ruleStore   // the destination register is only read
	ruleDiv     // the immediate must not be 0
	ruleShift32 // the immediate is a shift of a 32-bit value
	ruleShift64
	ruleEndian // the immediate is 16, 32 or 64
	ruleJump
	ruleCallx
	ruleLddw
)

// rulesV0 and rulesV3 are the rules of each version, by operation code.
var rulesV0, rulesV3 = opRules()

func opRules() (v0, v3 [256]opRule) {
	set := func(r opRule, ops ...uint8) {
		for _, op := range ops {
			v0[op] = r
		}
	}
	set(ruleLddw, opLddw)
	set(ruleNone, opLdxb, opLdxh, opLdxw, opLdxdw, opNeg32, opNeg64, opCall, opExit)
	set(ruleStore, opStb, opSth, opStw, opStdw, opStxb, opStxh, opStxw, opStxdw)
	for _, class := range []uint8{opAdd32I, opAdd64I} { // the low bits distinguish 32 from 64 bits
		low := class & 7
		for _, op := range []uint8{0x00, 0x10, 0x20, 0x40, 0x50, 0xa0, 0xb0} {
			set(ruleNone, op|low, op|low|8)
		}
		for _, op := range []uint8{0x30, 0x90} {
			set(ruleDiv, op|low)
			set(ruleNone, op|low|8)
		}
		for _, op := range []uint8{0x60, 0x70, 0xc0} {
			if low == 4 {
				set(ruleShift32, op|low)
			} else {
				set(ruleShift64, op|low)
			}
			set(ruleNone, op|low|8)
		}
	}
	set(ruleEndian, opLe, opBe)
	jumps := []uint8{0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0}
	set(ruleJump, opJa)
	for _, op := range jumps {
		set(ruleJump, op|5, op|5|8)
	}
	set(ruleCallx, opCallx)
	v3 = v0
	for _, op := range jumps {
		v3[op|6], v3[op|6|8] = ruleJump, ruleJump
	}
	return v0, v3
}

// verify checks the byte code of a program.
func verify(text []byte, v Version) error {
	if len(text)%InsnSize != 0 || len(text) == 0 {
		return fmt.Errorf("text of %d bytes is not a positive multiple of %d", len(text), InsnSize)
	}
	rules := &rulesV0
	if v == V3 {
		rules = &rulesV3
	}
	n := len(text) / InsnSize
	for pc := 0; pc < n; pc++ {
		in, at := rawAt(text, pc), pc
		rule := rules[in.op]
		switch rule {
		case ruleUnknown:
			return fmt.Errorf("unknown opcode %#02x (instruction %d)", in.op, pc)
		case ruleLddw:
			if pc+1 >= n || text[(pc+1)*InsnSize] != 0 {
				return fmt.Errorf("incomplete 64-bit immediate (instruction %d)", pc)
			}
			pc++
		case ruleJump:
			to := pc + 1 + int(in.off)
			if to < 0 || to >= n {
				return fmt.Errorf("jump out of code to %d (instruction %d)", to, pc)
			}
			if text[to*InsnSize] == 0 {
				return fmt.Errorf("jump into the middle of a 64-bit immediate at %d (instruction %d)", to, pc)
			}
		default:
			if err := verifyOperands(in, rule, v); err != nil {
				return fmt.Errorf("%w (instruction %d)", err, pc)
			}
		}
		if in.src > 10 {
			return fmt.Errorf("invalid source register r%d (instruction %d)", in.src, at)
		}
		if in.dst > 10 || in.dst == 10 && rule != ruleStore {
			return fmt.Errorf("invalid destination register r%d (instruction %d)", in.dst, at)
		}
	}
	return nil
}

// verifyOperands checks immediate and registers by a rule.
func verifyOperands(in rawInsn, rule opRule, v Version) error {
	switch {
	case rule == ruleDiv && in.imm == 0:
		return fmt.Errorf("division by zero")
	case rule == ruleShift32 && uint32(in.imm) >= 32, rule == ruleShift64 && uint32(in.imm) >= 64:
		return fmt.Errorf("shift by %d overflows", in.imm)
	case rule == ruleEndian && in.imm != 16 && in.imm != 32 && in.imm != 64:
		return fmt.Errorf("byte swap of %d bits", in.imm)
	case rule == ruleCallx:
		reg := int64(in.imm)
		if v == V3 {
			reg = int64(in.dst)
		}
		if reg < 0 || reg > 9 {
			return fmt.Errorf("invalid register r%d of a call", reg)
		}
	}
	return nil
}
