package cli

import (
	"bufio"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

// asProcess makes the test binary the command itself.
const asProcess = "DECLOUD_LOCALNET_PROCESS"

func init() {
	if os.Getenv(asProcess) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
}

// started is the command as a process of its own.
type started struct {
	cmd    *exec.Cmd
	client *rpc.Client
	stderr string // file
}

// start starts the command with a ledger.
func start(t *testing.T, dir string) *started {
	t.Helper()
	cmd := exec.Command(os.Args[0], "--rpc-port", "0", "--ws-port", "0", "--ledger", dir)
	cmd.Env = append(os.Environ(), asProcess+"=1")
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url := regexp.MustCompile(`http://\S+`).FindString(lines.Text()); url != "" {
			client := rpc.New(url)
			t.Cleanup(func() { _ = client.Close() })
			return &started{cmd, client, log.Name()}
		}
	}
	text, err := os.ReadFile(log.Name())
	require.NoError(t, err)
	t.Fatalf("it does not start: %s", text)
	return nil
}

// A process that is killed at any time has lost nothing that it confirmed, and its
// chain goes on.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	confirmed := map[solana.Signature]solana.PublicKey{}
	var authority []byte
	for range 6 {
		p := start(t, dir)
		cmd, client := p.cmd, p.client
		for sig, key := range confirmed {
			statuses, err := client.GetSignatureStatuses(t.Context(), false, sig)
			require.NoError(t, err)
			require.NotNil(t, statuses.Value[0], "%s is lost", sig)
			balance, err := client.GetBalance(t.Context(), key, "")
			require.NoError(t, err)
			require.Equal(t, solana.LAMPORTS_PER_SOL, balance.Value)
		}
		key, err := os.ReadFile(dir + "/authority-keypair.json")
		require.NoError(t, err)
		if authority != nil {
			require.Equal(t, authority, key)
		}
		authority = key

		timer := time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for {
			to := solana.NewWallet().PublicKey()
			sig, err := client.RequestAirdrop(t.Context(), to, solana.LAMPORTS_PER_SOL, "")
			if err != nil {
				break // killed
			}
			confirmed[sig] = to
		}
		timer.Stop()
		require.Error(t, cmd.Wait(), "killed")
	}
	require.NotEmpty(t, confirmed)
	t.Logf("%d transactions over 6 kills", len(confirmed))

	p := start(t, dir)
	cmd, client := p.cmd, p.client
	sig, err := client.RequestAirdrop(t.Context(), solana.NewWallet().PublicKey(), solana.LAMPORTS_PER_SOL, "")
	require.NoError(t, err)
	require.NotContains(t, confirmed, sig)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), "it stops in order")
}
