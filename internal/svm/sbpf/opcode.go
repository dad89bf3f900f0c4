package sbpf

// Operation codes of sBPF. Names: operation, width if there are several, I for an immediate and R for a register as the
// second operand.
const (
	opLddw = 0x18

	opLdxb, opLdxh, opLdxw, opLdxdw = 0x71, 0x69, 0x61, 0x79
	opStb, opSth, opStw, opStdw     = 0x72, 0x6a, 0x62, 0x7a
	opStxb, opStxh, opStxw, opStxdw = 0x73, 0x6b, 0x63, 0x7b

	opAdd32I, opAdd32R   = 0x04, 0x0c
	opSub32I, opSub32R   = 0x14, 0x1c
	opMul32I, opMul32R   = 0x24, 0x2c
	opDiv32I, opDiv32R   = 0x34, 0x3c
	opOr32I, opOr32R     = 0x44, 0x4c
	opAnd32I, opAnd32R   = 0x54, 0x5c
	opLsh32I, opLsh32R   = 0x64, 0x6c
	opRsh32I, opRsh32R   = 0x74, 0x7c
	opNeg32              = 0x84
	opMod32I, opMod32R   = 0x94, 0x9c
	opXor32I, opXor32R   = 0xa4, 0xac
	opMov32I, opMov32R   = 0xb4, 0xbc
	opArsh32I, opArsh32R = 0xc4, 0xcc
	opLe, opBe           = 0xd4, 0xdc

	opAdd64I, opAdd64R   = 0x07, 0x0f
	opSub64I, opSub64R   = 0x17, 0x1f
	opMul64I, opMul64R   = 0x27, 0x2f
	opDiv64I, opDiv64R   = 0x37, 0x3f
	opOr64I, opOr64R     = 0x47, 0x4f
	opAnd64I, opAnd64R   = 0x57, 0x5f
	opLsh64I, opLsh64R   = 0x67, 0x6f
	opRsh64I, opRsh64R   = 0x77, 0x7f
	opNeg64              = 0x87
	opMod64I, opMod64R   = 0x97, 0x9f
	opXor64I, opXor64R   = 0xa7, 0xaf
	opMov64I, opMov64R   = 0xb7, 0xbf
	opArsh64I, opArsh64R = 0xc7, 0xcf

	opJa             = 0x05
	opJeqI, opJeqR   = 0x15, 0x1d
	opJgtI, opJgtR   = 0x25, 0x2d
	opJgeI, opJgeR   = 0x35, 0x3d
	opJsetI, opJsetR = 0x45, 0x4d
	opJneI, opJneR   = 0x55, 0x5d
	opJsgtI, opJsgtR = 0x65, 0x6d
	opJsgeI, opJsgeR = 0x75, 0x7d
	opJltI, opJltR   = 0xa5, 0xad
	opJleI, opJleR   = 0xb5, 0xbd
	opJsltI, opJsltR = 0xc5, 0xcd
	opJsleI, opJsleR = 0xd5, 0xdd

	// 32-bit jumps, V3 only.
	opJeq32I, opJeq32R   = 0x16, 0x1e
	opJgt32I, opJgt32R   = 0x26, 0x2e
	opJge32I, opJge32R   = 0x36, 0x3e
	opJset32I, opJset32R = 0x46, 0x4e
	opJne32I, opJne32R   = 0x56, 0x5e
	opJsgt32I, opJsgt32R = 0x66, 0x6e
	opJsge32I, opJsge32R = 0x76, 0x7e
	opJlt32I, opJlt32R   = 0xa6, 0xae
	opJle32I, opJle32R   = 0xb6, 0xbe
	opJslt32I, opJslt32R = 0xc6, 0xce
	opJsle32I, opJsle32R = 0xd6, 0xde

	opCall  = 0x85
	opCallx = 0x8d
	opExit  = 0x95
)

// Operations that exist only in predecoded form; no operation code of sBPF has these values.
const (
	xInvalid  = 0x00 // the second half of opLddw, and instructions that cannot run
	xSyscall  = 0x01 // imm: index of the system call
	xCallFn   = 0x02 // target: instruction
	xBadCall  = 0x03 // call of a function outside the text
	xOverrun  = 0x08 // after the last instruction
	xByteswap = 0x11 // opBe; imm: 16, 32 or 64
	xTruncate = 0x10 // opLe; imm: 16, 32 or 64
	xEdge     = 0x12 // count the edge to the block that starts here, then execute the instruction in Program.plain
)

// insn is a predecoded instruction of 16 bytes.
type insn struct {
	op, dst, src uint8
	target       int32  // jumps and calls: instruction; loads and stores: signed offset
	imm          uint64 // sign-extended; opLddw: all 64 bits; 32-bit operations: zero-extended
}
