package cli

import (
	"fmt"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// joinPairs makes one value of the two that solana-test-validator's flags have, which
// Go's flags cannot: --account ADDRESS FILE becomes --account ADDRESS=FILE.
func joinPairs(args []string) []string {
	var out []string
	for len(args) > 0 {
		if len(args) > 2 && takesPair(args[0]) && !strings.HasPrefix(args[2], "-") {
			out = append(out, args[0], args[1]+"="+args[2])
			args = args[3:]
			continue
		}
		out, args = append(out, args[0]), args[1:]
	}
	return out
}

func takesPair(arg string) bool {
	switch arg {
	case "-bpf-program", "--bpf-program", "-account", "--account":
		return true
	}
	return false
}

// maxELF is more than the largest program of a chain.
const maxELF = 10 << 20

// readProgram reads "address=file", or the file of the address's keypair in its place.
func readProgram(text string) (id solana.PublicKey, elf []byte, err error) {
	address, path, ok := strings.Cut(text, "=")
	if !ok || path == "" {
		return id, nil, fmt.Errorf("%q: an address and a file are needed: --bpf-program ADDRESS FILE, or --program ADDRESS=FILE", text)
	}
	if id, err = solana.PublicKeyFromBase58(address); err != nil {
		key, keyErr := chain.LoadKeypair(address)
		if keyErr != nil {
			return id, nil, fmt.Errorf("%q is not an address (%w), nor a file with a keypair: %w", address, err, keyErr)
		}
		id = key.PublicKey()
	}
	elf, err = userfile.Read(path, maxELF)
	return id, elf, err
}

// readAccount reads "file", or "address=file" with an address in place of the file's; "-"
// is that of the file.
func readAccount(text string) (solana.PublicKey, localnet.Account, error) {
	address, path, ok := strings.Cut(text, "=")
	if ok && address == "-" {
		return localnet.ReadAccount(path)
	}
	id, err := solana.PublicKeyFromBase58(address)
	if !ok || err != nil {
		return localnet.ReadAccount(text)
	}
	_, account, err := localnet.ReadAccount(path)
	return id, account, err
}
