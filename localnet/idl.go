package localnet

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// IDLAddress is where Anchor's clients look for the interface of a program, as
// Program.fetchIdl does.
func IDLAddress(program solana.PublicKey) solana.PublicKey {
	base, _, err := solana.FindProgramAddress(nil, program)
	if err != nil { // no valid bump among 256, which is practically impossible
		return solana.PublicKey{}
	}
	return sha256.Sum256(append(append(base[:], "anchor:idl"...), program[:]...))
}

// AddIDL puts the interface of a program on the chain, Anchor's JSON, where
// `anchor idl init` puts it. Nobody has the authority to change it.
func (n *Network) AddIDL(program solana.PublicKey, idl []byte) error {
	if !json.Valid(idl) {
		return fmt.Errorf("localnet: the IDL of %s is not JSON", program)
	}
	var small bytes.Buffer
	z := zlib.NewWriter(&small)
	if _, err := z.Write(idl); err != nil {
		return fmt.Errorf("localnet: IDL: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("localnet: IDL: %w", err)
	}
	discriminator := sha256.Sum256([]byte("internal:IdlAccount"))
	data := append(discriminator[:8:8], make([]byte, 32)...) // the authority
	data = binary.LittleEndian.AppendUint32(data, uint32(small.Len()))
	data = append(data, small.Bytes()...)
	return n.SetAccount(IDLAddress(program), Account{Lamports: svm.RentExempt(len(data)), Data: data, Owner: program})
}

// addOwnIDL is AddIDL for a program whose interface names another address if the
// program has another one here.
func (n *Network) addOwnIDL(program, usual solana.PublicKey, idl []byte) error {
	return n.AddIDL(program, bytes.ReplaceAll(idl, []byte(usual.String()), []byte(program.String())))
}
