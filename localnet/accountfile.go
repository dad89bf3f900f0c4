package localnet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/klauspost/compress/zstd"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/regular"
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
	raw, err := regular.Read(path, maxAccountFile)
	if err != nil {
		return key, acc, err
	}
	var in struct {
		Pubkey  *solana.PublicKey
		Account *struct {
			Lamports   uint64
			Data       accountData
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
	data, err := in.Account.Data.decode()
	return *in.Pubkey, Account{in.Account.Lamports, data, *in.Account.Owner, in.Account.Executable}, err
}

// accountData is a text with its encoding; a text alone is in base58.
type accountData struct{ text, encoding string }

func (d *accountData) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		d.encoding = "base58"
		return json.Unmarshal(raw, &d.text)
	}
	var pair [2]string
	err := json.Unmarshal(raw, &pair)
	d.text, d.encoding = pair[0], pair[1]
	return err
}

// maxBase58 is the longest text in base58, whose decoding takes quadratic time; Solana's
// command line writes at most 175 characters.
const maxBase58 = 16 << 10

func (d accountData) decode() ([]byte, error) {
	switch d.encoding {
	case "base64":
		return base64.StdEncoding.DecodeString(d.text)
	case "base64+zstd":
		small, err := base64.StdEncoding.DecodeString(d.text)
		if err != nil {
			return nil, err
		}
		return decompress(small)
	case "base58":
		if len(d.text) > maxBase58 {
			return nil, fmt.Errorf("its data has %d characters in base58, more than %d: have it written in base64", len(d.text), maxBase58)
		}
		return base58.Decode(d.text)
	}
	return nil, fmt.Errorf("its data is encoded in %.20q, not in base64, base64+zstd or base58", d.encoding)
}

// decompress takes no more memory than the largest account, however large a few bytes
// claim to be.
func decompress(small []byte) ([]byte, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(svm.MaxAccountData))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	data, err := dec.DecodeAll(small, nil)
	if err != nil {
		return nil, fmt.Errorf("its data, at most %d bytes: zstd: %w", svm.MaxAccountData, err)
	}
	return data, nil
}
