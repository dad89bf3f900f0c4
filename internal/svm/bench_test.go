package svm

import (
	"encoding/binary"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"
)

// presigned returns a ledger whose slots hold many transactions, and n signed transfers.
func presigned(b *testing.B, n int) (*Bank, [][]byte) {
	b.Helper()
	bank := NewBank(Config{Clock: testClock, SlotTransactions: 1 << 30})
	k := solana.PrivateKey(testKey(1))
	require.NoError(b, bank.Fund(k.PublicKey(), 1e18))
	wires := make([][]byte, n)
	for i := range wires {
		var to solana.PublicKey
		binary.LittleEndian.PutUint32(to[:], uint32(i%1000+1))
		wires[i] = sign(b, bank, k, []solana.Instruction{system.NewTransferInstruction(1e6+uint64(i), k.PublicKey(), to).Build()})
	}
	return bank, wires
}

// BenchmarkTransfer measures a whole transaction: parsing, one signature, execution, commit.
func BenchmarkTransfer(b *testing.B) {
	bank, wires := presigned(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for _, w := range wires {
		if res := bank.Process(w); res.Err != nil {
			b.Fatal(res.Err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

// BenchmarkTransferVerify measures only the signature verification of BenchmarkTransfer.
func BenchmarkTransferVerify(b *testing.B) {
	_, wires := presigned(b, 1)
	m, err := parseTransaction(wires[0])
	require.NoError(b, err)
	for b.Loop() {
		if !verifySignature(m.keys[0], m.signed, m.signatures[0]) {
			b.Fatal("wrong signature")
		}
	}
}

// BenchmarkTransferExecute is BenchmarkTransfer without signature verification and commit.
func BenchmarkTransferExecute(b *testing.B) {
	bank, wires := presigned(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if res := bank.Simulate(wires[0], SimulateOptions{}); res.Err != nil {
			b.Fatal(res.Err)
		}
	}
}
