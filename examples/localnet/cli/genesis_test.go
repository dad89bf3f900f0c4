package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// The flags of solana-test-validator have two values each, and stand beside others.
func TestPairs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	elf := write("program.so", string(sbpftest.V0(sbpftest.Exit())))
	keypair, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, keypair.Save(filepath.Join(dir, "program-keypair.json")))
	programs := []solana.PublicKey{solana.NewWallet().PublicKey(), solana.NewWallet().PublicKey(), keypair.PublicKey()}
	moved, owner := solana.NewWallet().PublicKey(), solana.NewWallet().PublicKey()
	var accounts []solana.PublicKey
	var files []string
	for i := range 3 {
		key := solana.NewWallet().PublicKey()
		accounts = append(accounts, key)
		files = append(files, write(fmt.Sprintf("account=%d.json", i),
			`{"pubkey":"`+key.String()+`","account":{"lamports":1000000000,"data":["AQID","base64"],"owner":"`+owner.String()+`"}}`))
	}

	o, err := parse([]string{
		"--account", files[0], "--bpf-program", programs[0].String(), elf, "--account", "-", files[1], "--program", programs[1].String() + "=" + elf,
		"-bpf-program", filepath.Join(dir, "program-keypair.json"), elf, "--account", moved.String(), files[2], "--empty", "--rpc-port", "0", "--ws-port", "0",
	}, io.Discard)
	require.NoError(t, err)
	net := localnet.New(t, append(o.chain, localnet.InProcess())...)
	for _, key := range programs {
		acc, ok := net.Account(key)
		require.True(t, ok)
		require.True(t, acc.Executable)
	}
	for _, key := range []solana.PublicKey{accounts[0], accounts[1], moved} {
		acc, ok := net.Account(key)
		require.True(t, ok)
		require.Equal(t, []byte{1, 2, 3}, acc.Data)
	}
	_, ok := net.Account(accounts[2])
	require.False(t, ok, "the address that is given replaces the file's")
}
