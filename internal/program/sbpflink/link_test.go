package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// TestLinkedProgramRuns runs a program that needs every kind of relocation.
func TestLinkedProgramRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hello.so")
	require.NoError(t, run([]string{"testdata/hello.o"}, file, "entrypoint"))
	elf, err := os.ReadFile(file)
	require.NoError(t, err)

	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	id := solana.NewWallet().PublicKey()
	require.NoError(t, bank.AddProgram(id, elf))
	payer := solana.NewWallet().PrivateKey
	require.NoError(t, bank.Fund(payer.PublicKey(), 1_000_000_000))
	hash, _ := bank.LatestBlockhash()
	tx, err := solana.NewTransaction([]solana.Instruction{solana.NewInstruction(id, nil, nil)}, hash, solana.TransactionPayer(payer.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &payer })
	require.NoError(t, err)
	wire, err := tx.MarshalBinary()
	require.NoError(t, err)
	res := bank.Process(wire)
	require.Nil(t, res.Err, res.Logs)
	require.Equal(t, []string{"Program log: hello", "Program log: there", "Program log: !!!"}, res.Logs[1:4])
}

func TestLinkRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"variable": "a program has no global variables",
		"unknown":  `against "printf": neither defined nor a syscall`,
		"pointer":  "addresses of functions are not supported",
	} {
		object, err := os.ReadFile("testdata/" + name + ".o")
		require.NoError(t, err)
		_, err = link(object, "entrypoint")
		require.ErrorContains(t, err, want, name)
	}
	hello, err := os.ReadFile("testdata/hello.o")
	require.NoError(t, err)
	_, err = link(hello, "main")
	require.ErrorContains(t, err, `does not define "main"`)
	_, err = link([]byte("no object"), "entrypoint")
	require.ErrorContains(t, err, "reading the object")
	_, err = link(write(&image{text: make([]byte, 8)}), "entrypoint")
	require.ErrorContains(t, err, "relocatable")
	require.Error(t, run(nil, "x", "entrypoint"))
	require.Error(t, run([]string{"testdata/absent.o"}, "x", "entrypoint"))
}

// FuzzLink feeds damaged objects: whatever they are, linking ends, with an error or with a file.
func FuzzLink(f *testing.F) {
	for _, name := range []string{"hello", "variable", "unknown", "pointer"} {
		object, err := os.ReadFile("testdata/" + name + ".o")
		require.NoError(f, err)
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		im, err := link(object, "entrypoint")
		if err != nil {
			return
		}
		require.NotEmpty(t, write(im))
		require.Zero(t, len(im.text)%insnSize)
		require.Less(t, im.entry, len(im.text))
	})
}
