package localnet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// maxAccountFile is more than the file of the largest account, in base64.
const maxAccountFile = svm.MaxAccountData/3*4 + 64<<10

// ReadAccount reads an account and its address from a file as Solana's command line
// writes it, and solana-test-validator --account reads it:
//
//	solana account -u m ADDRESS --output json --output-file account.json
func ReadAccount(path string) (solana.PublicKey, Account, error) {
	key, acc, err := readAccount(path)
	if err != nil {
		return key, acc, fmt.Errorf("localnet: account in %s: %w; `solana account ADDRESS --output json --output-file FILE` writes one", path, err)
	}
	return key, acc, nil
}

func readAccount(path string) (key solana.PublicKey, acc Account, err error) {
	f, err := os.Open(path)
	if err != nil {
		return key, acc, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxAccountFile+1))
	if err != nil {
		return key, acc, err
	}
	if len(raw) > maxAccountFile {
		return key, acc, fmt.Errorf("it is larger than %d bytes", maxAccountFile)
	}
	var in struct {
		Pubkey  *solana.PublicKey
		Account *struct {
			Lamports   uint64
			Data       [2]string
			Owner      *solana.PublicKey
			Executable bool
		}
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return key, acc, err
	}
	if in.Pubkey == nil || in.Account == nil || in.Account.Owner == nil {
		return key, acc, errors.New("pubkey, account or account.owner is missing")
	}
	if in.Account.Data[1] != "base64" {
		return key, acc, fmt.Errorf("its data is encoded in %.20q, not in base64", in.Account.Data[1])
	}
	data, err := base64.StdEncoding.DecodeString(in.Account.Data[0])
	return *in.Pubkey, Account{in.Account.Lamports, data, *in.Account.Owner, in.Account.Executable}, err
}
