package programtest

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A Suite is the tests of one program.
type Suite struct {
	ELF        []byte   // the program under test: the committed file, or the one that PROGRAM_ELF names
	SlotHashes bool     // the program reads recent slot hashes
	Outcomes   Outcomes // of the transactions so far
	mirror     *Mirror
	chains     int // made so far
}

// NewSuite returns the tests of the program whose committed file is given.
func NewSuite(committed []byte) *Suite {
	s := &Suite{ELF: committed, Outcomes: Outcomes{}}
	if name := os.Getenv("PROGRAM_ELF"); name != "" {
		file, err := os.ReadFile(name)
		if err != nil {
			panic(err) // there is no test yet that could fail
		}
		s.ELF = file
	}
	return s
}

// Main is a program's TestMain. With PROGRAM_MIRROR=1 every transaction also runs on a real Solana runtime; the counts of
// outcomes are printed then, and with PROGRAM_MIRROR_LEAST none of them, and none of those listed in
// testdata/outcomes.txt, may be smaller.
func (s *Suite) Main(m *testing.M) {
	if os.Getenv("PROGRAM_MIRROR") == "" {
		os.Exit(m.Run())
	}
	mirror, err := StartMirror()
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting litesvm:", err)
		os.Exit(1)
	}
	mirror.SlotHashes = s.SlotHashes
	s.mirror = mirror
	code := m.Run()
	s.Outcomes.Print(os.Stdout)
	fmt.Println("transactions compared with litesvm, all equal:", mirror.number)
	if rare, err := s.Outcomes.rare(); err != nil || len(rare) > 0 {
		fmt.Println("too few hits:", rare, err)
		code = 1
	}
	_ = mirror.Stop()
	os.Exit(code)
}

// Mirrored reports whether transactions also run on a real Solana runtime.
func (s *Suite) Mirrored() bool { return s.mirror != nil }

// AddProgram puts another program on a bank, for instructions that call it, and on the mirror.
func (s *Suite) AddProgram(t testing.TB, bank *svm.Bank, id solana.PublicKey, elf []byte) {
	t.Helper()
	require.NoError(t, bank.AddProgram(id, elf))
	if s.mirror != nil {
		s.mirror.deploy(t, id, elf)
	}
}

// Process signs a transaction of the program at id, paid by payer, and runs it. Every key that signs is in keys.
func (s *Suite) Process(t testing.TB, bank *svm.Bank, id, payer solana.PublicKey, keys map[solana.PublicKey]solana.PrivateKey,
	instructions []solana.Instruction) svm.Result {
	t.Helper()
	if s.mirror != nil {
		s.mirror.NextSlot(bank)
	}
	hash, _ := bank.LatestBlockhash()
	tx, err := solana.NewTransaction(instructions, hash, solana.TransactionPayer(payer))
	require.NoError(t, err)
	message, err := tx.Message.MarshalBinary()
	require.NoError(t, err)
	for _, k := range tx.Message.Signers() { // Transaction.Sign derives each public key anew, which costs more than the program does
		key, ok := keys[k]
		require.True(t, ok, "nobody signs for %s", k)
		tx.Signatures = append(tx.Signatures, solana.Signature(ed25519.Sign(ed25519.PrivateKey(key), message)))
	}
	if s.mirror != nil {
		return s.mirror.Run(t, bank, id, s.ELF, tx)
	}
	wire, err := tx.MarshalBinary()
	require.NoError(t, err)
	return bank.Process(wire)
}
