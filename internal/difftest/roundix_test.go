package difftest

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// The round program's default addresses.
var (
	programID = solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
	treasury  = solana.MustPublicKeyFromBase58("FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2")
)

// args is the data of an instruction: its discriminator and Borsh arguments.
type args []byte

func call(name string) args {
	sum := sha256.Sum256([]byte("global:" + name))
	return append(args{}, sum[:8]...)
}

func (a args) u8(v uint8) args   { return append(a, v) }
func (a args) u16(v uint16) args { return binary.LittleEndian.AppendUint16(a, v) }
func (a args) u32(v uint32) args { return binary.LittleEndian.AppendUint32(a, v) }
func (a args) u64(v uint64) args { return binary.LittleEndian.AppendUint64(a, v) }
func (a args) i64(v int64) args  { return a.u64(uint64(v)) }
func (a args) str(s string) args { return append(a.u32(uint32(len(s))), s...) }

// pda derives an address of the round program.
func pda(seed string, parts ...[]byte) solana.PublicKey {
	k, _, err := solana.FindProgramAddress(append([][]byte{[]byte(seed)}, parts...), programID)
	if err != nil {
		panic(err)
	}
	return k
}

func idBytes(id uint64) []byte { return binary.LittleEndian.AppendUint64(nil, id) }

func counterPDA() solana.PublicKey                   { return pda("round_counter") }
func roundPDA(id uint64) solana.PublicKey            { return pda("round", idBytes(id)) }
func vaultPDA(id uint64) solana.PublicKey            { return pda("vault", idBytes(id)) }
func programDataPDA() solana.PublicKey               { return svm.ProgramDataAddress(programID) }
func profilePDA(t solana.PublicKey) solana.PublicKey { return pda("trainer_profile", t[:]) }
func stakePDA(v solana.PublicKey) solana.PublicKey   { return pda("validator_stake", v[:]) }

func gradientPDA(id uint64, t solana.PublicKey) solana.PublicKey {
	return pda("gradient", idBytes(id), t[:])
}

func prePDA(id uint64, v solana.PublicKey) solana.PublicKey { return pda("pre", idBytes(id), v[:]) }

func postPDA(id uint64, t, v solana.PublicKey) solana.PublicKey {
	return pda("post", idBytes(id), t[:], v[:])
}

// Account metas: read-only, writable, signer, writable signer.
func ro(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, false, false) }
func rw(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, true, false) }
func sg(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, false, true) }
func ws(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, true, true) }

func ix(a args, accounts ...*solana.AccountMeta) instruction {
	return instruction{programID, accounts, a}
}

// sysMeta returns a new meta of the system program, since mutations change metas.
func sysMeta() *solana.AccountMeta { return ro(solana.SystemProgramID) }

// roundState holds the fields of a round that the generator needs to choose the next step.
type roundState struct {
	exists         bool
	creator        solana.PublicKey
	status         uint8 // 0 active, 1 finalized, 2 cancelled
	pre, gradients uint8
	createdAt      int64
}

// round parses a round's account by the offsets of the specification.
func (p *pair) round(id uint64) roundState {
	a, ok := p.bank.Account(roundPDA(id))
	if !ok || len(a.Data) < 200 {
		return roundState{}
	}
	return roundState{
		exists: true, creator: solana.PublicKey(a.Data[16:48]), status: a.Data[132], pre: a.Data[133],
		gradients: a.Data[142], createdAt: int64(binary.LittleEndian.Uint64(a.Data[124:])),
	}
}

// roundCount returns the counter, which is the id of the next round.
func (p *pair) roundCount() uint64 {
	a, ok := p.bank.Account(counterPDA())
	if !ok || len(a.Data) < 16 {
		return 0
	}
	return binary.LittleEndian.Uint64(a.Data[8:])
}
