package localnet_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

var echoID = solana.MustPublicKeyFromBase58("Echo111111111111111111111111111111111111111")

// echo returns the ELF of a small program, assembled here. Called without
// accounts it returns the first byte of the instruction's data: 0 succeeds, any
// other byte is a custom error with that number.
func echo() []byte {
	const header, textAt = 64, 64
	text := []byte{
		0x71, 0x10, 16, 0, 0, 0, 0, 0, // ldxb r0, [r1+16]: after the number of accounts and the data length
		0x95, 0, 0, 0, 0, 0, 0, 0, // exit
	}
	names := []byte("\x00.text\x00.shstrtab\x00")
	sectionsAt := (textAt + len(text) + len(names) + 7) &^ 7

	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // a bytes.Buffer returns no error
		}
	}
	// ELF header: 64 bits, little-endian, a shared object for BPF.
	put([16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, uint16(3), uint16(247), uint32(1), uint64(textAt), uint64(header), uint64(sectionsAt),
		uint32(0), uint16(header), uint16(56), uint16(0), uint16(64), uint16(3), uint16(2))
	put(text, names)
	put(make([]byte, sectionsAt-b.Len()))
	section := func(name, kind uint32, flags uint64, at, size int) {
		put(name, kind, flags, uint64(at), uint64(at), uint64(size), uint32(0), uint32(0), uint64(1), uint64(0))
	}
	put(make([]byte, 64))
	section(1, 1, 6, textAt, len(text))
	section(7, 3, 0, textAt+len(text), len(names))
	return b.Bytes()
}

func call(data ...byte) solana.Instruction { return solana.NewInstruction(echoID, nil, data) }

func TestForeignProgram(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from := w.wallet(t)
		_, err := w.client.SendTransaction(t.Context(), w.sign(t, from, call(0)))
		require.Equal(t, -32002, rpcError(t, err, nil).Code, "the program does not exist yet")

		require.NoError(t, w.net.AddProgram(echoID, echo()))
		sig, err := w.client.SendTransaction(t.Context(), w.sign(t, from, call(0)))
		require.NoError(t, err)
		tx, err := w.client.GetTransaction(t.Context(), sig, nil)
		require.NoError(t, err)
		require.Equal(t, []string{
			"Program " + echoID.String() + " invoke [1]",
			"Program " + echoID.String() + " consumed 2 of 200000 compute units",
			"Program " + echoID.String() + " success",
		}, tx.Meta.LogMessages)

		_, err = w.client.SendTransaction(t.Context(), w.sign(t, from, call(0), call(77)))
		var data struct{ Err json.RawMessage }
		require.Equal(t, "Transaction simulation failed: Error processing Instruction 1: custom program error: 0x4d", rpcError(t, err, &data).Message)
		require.JSONEq(t, `{"InstructionError":[1,{"Custom":77}]}`, string(data.Err))

		acc, err := w.client.GetAccountInfo(t.Context(), echoID)
		require.NoError(t, err)
		require.True(t, acc.Value.Executable)
		require.Equal(t, solana.BPFLoaderUpgradeableProgramID, acc.Value.Owner)
	})
}

func TestProgramsBesideDecloud(t *testing.T) {
	n := localnet.New(t, localnet.InProcess(), localnet.WithProgram(echoID, echo()))
	for _, id := range []solana.PublicKey{echoID, n.ProgramID()} {
		acc, err := n.RPC().GetAccountInfoWithOpts(t.Context(), id, &rpc.GetAccountInfoOpts{Commitment: rpc.CommitmentProcessed})
		require.NoError(t, err)
		require.True(t, acc.Value.Executable)
	}
}

func TestBadProgram(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.InProcess())
	elf := echo()
	for name, bytes := range map[string][]byte{"nothing": nil, "text": []byte("no ELF"), "half": elf[:len(elf)/2]} {
		require.Error(t, n.AddProgram(echoID, bytes), name)
		_, ok := n.Account(echoID)
		require.False(t, ok, name)
	}
	require.ErrorContains(t, n.AddProgram(solana.SystemProgramID, elf), "non-zero")
}
