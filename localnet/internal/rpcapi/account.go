package rpcapi

import (
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/gagliardetto/solana-go"
	"github.com/klauspost/compress/zstd"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// maxBase58Data is the most account data that is encoded in base58, which takes
// quadratic time.
const maxBase58Data = 128

// View says how accounts are shown: an encoding and a slice of the data.
type View struct {
	Encoding  string     `json:"encoding"`
	DataSlice *dataSlice `json:"dataSlice"`
}

type dataSlice struct {
	Offset uint64 `json:"offset"`
	Length uint64 `json:"length"`
}

type uiAccount struct {
	Lamports   uint64           `json:"lamports"`
	Data       any              `json:"data"`
	Owner      solana.PublicKey `json:"owner"`
	Executable bool             `json:"executable"`
	RentEpoch  uint64           `json:"rentEpoch"`
	Space      uint64           `json:"space"`
}

// KeyedAccount is an account with its address, in a View.
type KeyedAccount struct {
	Pubkey  solana.PublicKey `json:"pubkey"`
	Account any              `json:"account"`
}

// Check refuses unknown encodings. The old "binary" and no encoding at all are
// base58 without the pair around it.
func (v View) Check() error {
	switch v.Encoding {
	case "", "binary", "base58", "base64", "base64+zstd", "jsonParsed":
		return nil
	}
	return jsonrpc.InvalidParams("Invalid params: unknown variant `%.20s`, expected one of `binary`, `base64`, `base58`, `jsonParsed`, `base64+zstd`", v.Encoding)
}

// Encode shows an account. jsonParsed falls back to base64; see API.Encode.
func (v View) Encode(acc svm.Account) (any, error) {
	data := v.slice(acc.Data)
	encoded, err := v.encodeData(data)
	if err != nil {
		return nil, err
	}
	return EncodeWith(acc, encoded), nil
}

// EncodeWith shows an account with data in place of its own data.
func EncodeWith(acc svm.Account, data any) any {
	return uiAccount{acc.Lamports, data, acc.Owner, acc.Executable, acc.RentEpoch, uint64(len(acc.Data))}
}

func (v View) encodeData(data []byte) (any, error) {
	switch v.Encoding {
	case "base64", "jsonParsed":
		return [2]string{base64.StdEncoding.EncodeToString(data), "base64"}, nil
	case "base64+zstd":
		small, err := compress(data)
		return [2]string{base64.StdEncoding.EncodeToString(small), "base64+zstd"}, err
	}
	if len(data) > maxBase58Data {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: fmt.Sprintf(
			"Encoded binary (base 58) data should be less than %d bytes, please use Base64 encoding.", maxBase58Data)}
	}
	if v.Encoding == "base58" {
		return [2]string{base58.Encode(data), "base58"}, nil
	}
	return base58.Encode(data), nil
}

// slice returns the requested part of data, as far as it exists.
func (v View) slice(data []byte) []byte {
	if v.DataSlice == nil || v.Encoding == "jsonParsed" {
		return data
	}
	size := uint64(len(data))
	start := min(v.DataSlice.Offset, size)
	return data[start : start+min(v.DataSlice.Length, size-start)]
}

// encoder is shared: EncodeAll is safe for concurrent use.
var encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
})

func compress(data []byte) ([]byte, error) {
	enc, err := encoder()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return enc.EncodeAll(data, nil), nil
}
