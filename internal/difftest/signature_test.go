package difftest

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// TestOddSignatures signs with keys and nonces that belong to no honest signer: points of small order, for which a lax
// verifier accepts signatures that anyone can make.
func TestOddSignatures(t *testing.T) {
	p := newPair(t, 9)
	points := []string{
		"0100000000000000000000000000000000000000000000000000000000000000", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000080", "0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"0100000000000000000000000000000000000000000000000000000000000080", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	decode := func(s string) (k [32]byte) {
		b, err := hex.DecodeString(s)
		require.NoError(t, err)
		copy(k[:], b)
		return k
	}
	for _, a := range points {
		signer := solana.PublicKey(decode(a))
		if signer == solana.SystemProgramID {
			continue
		}
		p.fund(signer, 1e12)
		for _, r := range points {
			for amount := range uint64(6) { // whether such a signature is valid depends on the message
				data := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 2), 1e6+amount)
				hash, _ := p.bank.LatestBlockhash()
				tx, err := solana.NewTransaction([]solana.Instruction{instruction{solana.SystemProgramID,
					[]*solana.AccountMeta{ws(signer), rw(solana.PublicKey{9})}, data}}, hash, solana.TransactionPayer(signer))
				require.NoError(t, err)
				nonce := decode(r)
				var sig solana.Signature
				copy(sig[:], nonce[:])
				tx.Signatures = []solana.Signature{sig}
				p.send("small order", tx)
			}
		}
	}
	k := wallet("honest", 0)
	p.fund(k.PublicKey(), 1e12)
	tx := p.sign(k, nil, instruction{solana.SystemProgramID, []*solana.AccountMeta{ws(k.PublicKey()), rw(solana.PublicKey{9})},
		binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 2), 1e6)})
	good := tx.Signatures[0]
	for i := range len(good) {
		tx.Signatures[0] = good
		tx.Signatures[0][i] ^= 1 << (i % 8)
		p.send("one bit", tx)
	}
	// The same signature with S + L, which a lax verifier accepts too.
	order := decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	carry := 0
	for i := range 32 {
		sum := int(good[32+i]) + int(order[i]) + carry
		tx.Signatures[0][i], tx.Signatures[0][32+i], carry = good[i], byte(sum), sum>>8
	}
	require.False(t, ed25519.Verify(ed25519.PublicKey(k[32:]), nil, tx.Signatures[0][:]))
	p.send("malleated", tx)
	tx.Signatures[0] = good
	p.send("honest", tx)
	p.report()
}
