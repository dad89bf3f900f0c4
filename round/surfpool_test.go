//go:build surfpool

package round_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// surfpool runs a real Solana runtime (npm @solana/surfpool-linux-x64-gnu, in
// $NODE_PATH) and gives its addresses.
//
//	NODE_PATH=…/node_modules go test -tags surfpool -run Surfpool ./round
func surfpool(t *testing.T) round.Network {
	const script = `
		const { Surfnet } = require('@solana/surfpool-linux-x64-gnu');
		const net = Surfnet.start();
		console.log(JSON.stringify({ RPC: net.rpcUrl, WS: net.wsUrl }));
		process.stdin.on('end', () => process.exit(0)).resume();`
	cmd := exec.Command("node", "-e", script)
	cmd.Env, cmd.Stderr = os.Environ(), os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err)
	n := round.Network{Name: "surfpool"}
	require.NoError(t, json.Unmarshal(line, &n))
	return n
}

func airdropped(t *testing.T, n round.Network) *round.Client {
	key, err := round.NewKeypair()
	require.NoError(t, err)
	c, err := round.NewClient(round.Config{Network: n, Signer: key})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	_, err = rpc.New(n.RPC).RequestAirdrop(t.Context(), key.PublicKey(), 100*sol, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		b, err := c.Balance(t.Context(), key.PublicKey())
		return err == nil && b > 0
	}, 10*time.Second, 50*time.Millisecond)
	return c
}

// From a keypair file to a program that a round is run on, upgraded and handed
// over, on a real runtime.
func TestSurfpoolDeployRunUpgrade(t *testing.T) {
	ctx := t.Context()
	n := surfpool(t)
	program, err := round.NewKeypair()
	require.NoError(t, err)
	n.Program = program.PublicKey()
	owner, other := airdropped(t, n), airdropped(t, n)

	require.ErrorIs(t, owner.Deploy(ctx, round.Deployment{}), round.ErrDeploy, "without the program's key")
	cut, cancel := context.WithCancel(ctx)
	err = owner.Deploy(cut, round.Deployment{Key: program, OnProgress: func(written, total int) {
		if written > total/2 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	first := -1
	require.NoError(t, owner.Deploy(ctx, round.Deployment{Key: program, OnProgress: func(written, _ int) {
		if first < 0 {
			first = written
		}
	}}))
	require.Greater(t, first, len(round.Program())/3, "it goes on where it was cut short")

	_, err = other.Initialize(ctx)
	require.ErrorIs(t, err, round.ErrConstraintRaw, "only the upgrade authority may")
	_, err = owner.Initialize(ctx)
	require.NoError(t, err)
	id, _, err := other.CreateRound(ctx, aRound)
	require.NoError(t, err)
	_, err = owner.Prevalidate(ctx, id, 5000)
	require.NoError(t, err)

	require.NoError(t, owner.Deploy(ctx, round.Deployment{}), "nothing to do")
	require.ErrorIs(t, other.Deploy(ctx, round.Deployment{}), round.ErrDeploy, "not the authority")
	longer := append(round.Program(), make([]byte, 3*len(round.Program()))...)
	longer[len(longer)-1] = 1 // longer than the room that was left
	require.NoError(t, owner.Deploy(ctx, round.Deployment{ELF: longer}))
	_, err = other.CancelRound(ctx, id)
	require.ErrorIs(t, err, round.ErrRoundHasParticipants, "the upgraded program knows the round")
	_, err = owner.SetUpgradeAuthority(ctx, other.Wallet())
	require.NoError(t, err)
	require.NoError(t, other.Deploy(ctx, round.Deployment{}))
	_, err = other.CancelRound(ctx, id)
	require.ErrorIs(t, err, round.ErrRoundHasParticipants)
}
