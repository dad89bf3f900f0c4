package difftest

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// tableProgram owns address lookup tables.
var tableProgram = solana.MustPublicKeyFromBase58("AddressLookupTab1e1111111111111111111111111")

// table is the data of a lookup table.
func table(deactivated, extended uint64, start uint8, keys ...solana.PublicKey) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 1)
	b = le.AppendUint64(le.AppendUint64(b, deactivated), extended)
	b = append(b, start, 0)
	b = append(b, make([]byte, 34)...) // no authority
	for _, k := range keys {
		b = append(b, k[:]...)
	}
	return b
}

// TestLookupTables sends version 0 transactions through good and bad lookup tables.
func TestLookupTables(t *testing.T) {
	p := newPair(t, 8)
	payer := wallet("table", 0)
	to := wallet("table", 1).PublicKey()
	p.fund(payer.PublicKey(), 1e12)
	slot := p.bank.Slot()
	tables := map[string]svm.Account{
		"good":        {Data: table(math.MaxUint64, slot-1, 0, to, solana.SysVarRentPubkey), Owner: tableProgram},
		"empty":       {Data: table(math.MaxUint64, slot-1, 0), Owner: tableProgram},
		"just now":    {Data: table(math.MaxUint64, slot+1000, 1, to, to), Owner: tableProgram},
		"deactivated": {Data: table(slot-600, slot-700, 0, to), Owner: tableProgram},
		"later":       {Data: table(slot+5000, slot-700, 0, to), Owner: tableProgram},
		"short":       {Data: make([]byte, 10), Owner: tableProgram},
		"odd":         {Data: append(table(math.MaxUint64, slot-1, 0, to), 1), Owner: tableProgram},
		"not a table": {Data: make([]byte, 88), Owner: tableProgram},
		"foreign":     {Data: table(math.MaxUint64, slot-1, 0, to), Owner: solana.TokenProgramID},
		"missing":     {},
	}
	i := 10
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		a := tables[name]
		i++
		k := wallet("table", i).PublicKey()
		if a.Lamports = 1e9; name != "missing" {
			a.RentEpoch = math.MaxUint64
			p.set(k, a)
		}
		for _, index := range []uint8{0, 1, 2} {
			for _, writable := range []bool{true, false} {
				hash, _ := p.bank.LatestBlockhash()
				lookup := solana.MessageAddressTableLookup{AccountKey: k}
				if writable {
					lookup.WritableIndexes = []uint8{index}
				} else {
					lookup.ReadonlyIndexes = []uint8{index}
				}
				tx := &solana.Transaction{Message: solana.Message{
					AccountKeys:     []solana.PublicKey{payer.PublicKey(), solana.SystemProgramID},
					Header:          solana.MessageHeader{NumRequiredSignatures: 1, NumReadonlyUnsignedAccounts: 1},
					RecentBlockhash: hash,
					Instructions: []solana.CompiledInstruction{{
						ProgramIDIndex: 1, Accounts: []uint16{0, 2},
						Data: binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 2), 1e6+uint64(index)),
					}},
					AddressTableLookups: []solana.MessageAddressTableLookup{lookup},
				}}
				tx.Message.SetVersion(solana.MessageVersionV0)
				msg, err := tx.Message.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				sig, err := payer.Sign(msg)
				if err != nil {
					t.Fatal(err)
				}
				tx.Signatures = []solana.Signature{sig}
				p.send(name, tx)
				p.compareAccounts(name, []solana.PublicKey{to})
			}
		}
	}
	p.report()
}
