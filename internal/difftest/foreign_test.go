package difftest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// Programs that litesvm includes.
var (
	memoID  = solana.MustPublicKeyFromBase58("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
	memo1ID = solana.MustPublicKeyFromBase58("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo")
	tokenID = solana.TokenProgramID
	ataID   = solana.SPLAssociatedTokenAccountProgramID
	noopID  = solana.MustPublicKeyFromBase58("noopb9bkMVfRPU8AsbpTUg8AQkHtKwMYZiFUjNRtMmV")
)

// elfOf reads the ELF of a program from litesvm.
func (p *pair) elfOf(id solana.PublicKey) []byte {
	p.t.Helper()
	data := svm.ProgramDataAddress(id)
	got := p.o.call(litesvm.Request{Op: "get", Keys: [][]byte{id[:], data[:]}}).Accounts
	require.NotNil(p.t, got[0], "litesvm has no program %s", id)
	if got[1] != nil {
		return got[1].Data[45:] // after the header of the upgradeable loader
	}
	return got[0].Data
}

// deployBundled deploys programs of litesvm on both chains in the same way.
func (p *pair) deployBundled(ids ...solana.PublicKey) {
	p.t.Helper()
	for _, id := range ids {
		p.deploy(id, p.elfOf(id))
	}
}

func TestMemo(t *testing.T) {
	p := newPair(t, 2)
	p.deployBundled(memoID, memo1ID)
	payer, other := wallet("memo", 0), wallet("memo", 1)
	p.fund(payer.PublicKey(), 1e12)
	p.fund(other.PublicKey(), 1e9)
	texts := [][]byte{nil, []byte("hello"), []byte("🐆 unicode"), {0xff, 0xfe}, {'a', 0xe2, 0x82}, make([]byte, 500)}
	for _, id := range []solana.PublicKey{memoID, memo1ID} {
		for _, text := range texts {
			for n := range 3 {
				in := instruction{program: id, data: text}
				for i, k := range []solana.PublicKey{payer.PublicKey(), other.PublicKey()}[:n] {
					in.accounts = append(in.accounts, solana.NewAccountMeta(k, false, i == 0 || len(text) > 5))
				}
				p.send("memo", p.sign(payer, []solana.PrivateKey{other}, in))
			}
		}
	}
	p.report()
}

// noop returns the ELF of spl_noop.
func noop(t testing.TB) []byte {
	t.Helper()
	path := os.Getenv("DECLOUD_SPL_NOOP")
	if path == "" {
		modules, err := litesvm.Modules()
		if err != nil {
			missing(t, "%v", err)
		}
		path = filepath.Join(modules, "..", "spl_noop.so")
	}
	elf, err := os.ReadFile(path)
	if err != nil {
		missing(t, "spl_noop is not there: run `npm ci` in internal/difftest (%v)", err)
	}
	sum := sha256.Sum256(elf)
	require.Equal(t, noopSum, hex.EncodeToString(sum[:]), "not the expected spl_noop")
	return elf
}

// noopSum is the SHA-256 of spl_noop.so in @lightprotocol/zk-compression-cli 0.28.3.
const noopSum = "9456458d0f60e575a9dd1a47341653fecbf67debc0fdaee7c303ba9b255c971f"

func TestNoop(t *testing.T) {
	elf := noop(t)
	p := newPair(t, 3)
	p.deploy(noopID, elf)
	payer := wallet("noop", 0)
	p.fund(payer.PublicKey(), 1e12)
	for n := range 40 {
		in := instruction{program: noopID, data: make([]byte, n*17)}
		for i := range n % 7 {
			in.accounts = append(in.accounts, solana.NewAccountMeta(wallet("noop", i).PublicKey(), i > 3, i == 0))
		}
		limit := instruction{program: svm.ComputeBudgetID, data: binary.LittleEndian.AppendUint32([]byte{2}, uint32(n*20))}
		p.send("noop", p.sign(payer, nil, limit, in))
	}
	p.report()
}
