package svm

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// Limits of the compute budget.
const (
	maxComputeUnits     = 1_400_000
	defaultComputeUnits = 200_000  // per instruction
	builtinComputeUnits = 3_000    // per instruction of a built-in program
	maxLoadedData       = 64 << 20 // bytes
)

// budget holds the limits that a transaction requests and the price it pays.
type budget struct {
	units       uint64 // compute units
	price       uint64 // micro-lamports per compute unit
	heap        int    // bytes
	loadedLimit uint64 // bytes of all accounts together
}

// builtinPrograms are the programs whose instructions get builtinComputeUnits by default.
var builtinPrograms = map[solana.PublicKey]bool{
	SystemProgramID: true, ComputeBudgetID: true, UpgradeableLoaderID: true, LoaderV2ID: true,
	solana.MustPublicKeyFromBase58("BPFLoader1111111111111111111111111111111111"): true,
	solana.MustPublicKeyFromBase58("LoaderV411111111111111111111111111111111111"): true,
	solana.MustPublicKeyFromBase58("KeccakSecp256k11111111111111111111111111111"): true,
	solana.MustPublicKeyFromBase58("Ed25519SigVerify111111111111111111111111111"): true,
	solana.MustPublicKeyFromBase58("Vote111111111111111111111111111111111111111"): true,
}

// computeBudget reads the instructions to the ComputeBudget program and fills in the defaults.
func computeBudget(m *message) (budget, *TransactionError) {
	b := budget{heap: sbpf.DefaultHeap, loadedLimit: maxLoadedData}
	var seen [5]bool
	heapIndex := -1
	for _, in := range m.instructions {
		if builtinPrograms[m.keys[in.program]] {
			b.units += builtinComputeUnits
		} else {
			b.units += defaultComputeUnits
		}
	}
	for i, in := range m.instructions {
		if m.keys[in.program] != ComputeBudgetID {
			continue
		}
		if len(in.data) < 5 || in.data[0] < 1 || in.data[0] > 4 || in.data[0] == 3 && len(in.data) < 9 {
			return b, instructionErr(i, errInvalidInstructionData)
		}
		kind, v := in.data[0], uint64(binary.LittleEndian.Uint32(in.data[1:]))
		if seen[kind] {
			return b, &TransactionError{Kind: "DuplicateInstruction", Index: uint8(i)}
		}
		seen[kind] = true
		switch kind {
		case 1:
			b.heap, heapIndex = int(v), i
		case 2:
			b.units = v
		case 3:
			b.price = binary.LittleEndian.Uint64(in.data[1:])
		case 4:
			b.loadedLimit = v
		}
	}
	if b.heap < sbpf.DefaultHeap || b.heap > sbpf.MaxHeap || b.heap%1024 != 0 {
		return b, instructionErr(heapIndex, errInvalidInstructionData)
	}
	if b.loadedLimit == 0 {
		return b, ErrInvalidLoadedAccountsDataSizeLimit
	}
	b.units = min(b.units, maxComputeUnits)
	b.loadedLimit = min(b.loadedLimit, maxLoadedData)
	return b, nil
}

// fee returns the fee of the transaction in lamports: the base fee per signature plus the price of its compute units,
// rounded up.
func (b budget) fee(m *message) uint64 {
	hi, lo := bits.Mul64(b.units, b.price)
	lo, carry := bits.Add64(lo, 999_999, 0)
	priority := uint64(math.MaxUint64)
	if hi += carry; hi < 1_000_000 {
		priority, _ = bits.Div64(hi, lo, 1_000_000)
	}
	base := uint64(len(m.signatures)) * lamportsPerSignature
	if priority > math.MaxUint64-base {
		return math.MaxUint64
	}
	return base + priority
}
