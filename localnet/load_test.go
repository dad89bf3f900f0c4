package localnet_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// asServer makes the test binary a chain that others measure: with a name for what it
// keeps on disk, or "memory".
const asServer = "DECLOUD_LOCALNET_SERVER"

func init() {
	dir := os.Getenv(asServer)
	if dir == "" {
		return
	}
	opts := []localnet.Option{localnet.Empty(), localnet.WithLimits(localnet.Limits{Connections: 20_000})}
	if dir != "memory" {
		opts = append(opts, localnet.WithLedger(dir))
	}
	n, err := localnet.Start(opts...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(n.URL(), n.WSURL())
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the other process ends
	os.Exit(0)
}

// served is a chain in a process of its own.
type served struct {
	url, ws string
	pid     int
}

func serveApart(b *testing.B, dir string) served {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	url, ws, _ := strings.Cut(strings.TrimSpace(line), " ")
	return served{url, ws, cmd.Process.Pid}
}

// megabytes is the memory that the server's process has.
func (s served) megabytes() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.pid))
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(status))[1], 64)
	return pages * float64(os.Getpagesize()) / 1e6
}

// cpu is the processor time that the server's process has used, in steps of 10 ms.
func (s served) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, f := range strings.Fields(fields)[11:13] { // user and system
		n, _ := strconv.Atoi(f)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// transferBody is a request to send a signed transfer.
func transferBody(from solana.PrivateKey, hash solana.Hash, lamports uint64) string {
	tx, err := solana.NewTransaction([]solana.Instruction{transfer(from.PublicKey(), from.PublicKey(), lamports)}, hash, solana.TransactionPayer(from.PublicKey()))
	if err != nil {
		panic(err)
	}
	if _, err := tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from }); err != nil {
		panic(err)
	}
	return `{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["` + tx.MustToBase64() + `",{"encoding":"base64","skipPreflight":true}]}`
}

// BenchmarkTransactionsOverHTTP measures transactions a second that a chain in another
// process takes from clients here, which sign each and share these cores.
func BenchmarkTransactionsOverHTTP(b *testing.B) {
	for _, kind := range []string{"memory", "disk"} {
		b.Run(kind, func(b *testing.B) {
			dir := kind
			if kind == "disk" {
				dir = b.TempDir()
			}
			s := serveApart(b, dir)
			client := rpc.New(s.url)
			defer client.Close()
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 100
			var hash atomic.Pointer[solana.Hash]
			refresh := func() {
				latest, err := client.GetLatestBlockhash(context.Background(), "")
				require.NoError(b, err)
				hash.Store(&latest.Value.Blockhash)
			}
			refresh()
			from := newKey(b)
			_, err := client.RequestAirdrop(b.Context(), from.PublicKey(), 1000*sol, "")
			require.NoError(b, err)
			var sent atomic.Uint64
			busy := s.cpu()
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := sent.Add(1)
					if n%50 == 0 {
						refresh()
					}
					post(b, s.url, transferBody(from, *hash.Load(), n))
				}
			})
			b.StopTimer()
			count, err := client.GetTransactionCount(b.Context(), "")
			require.NoError(b, err)
			b.ReportMetric(float64(count-1)/b.Elapsed().Seconds(), "tx/s")
			b.ReportMetric(float64((s.cpu()-busy).Microseconds())/float64(count-1), "server-µs/tx")
		})
	}
}

func post(b *testing.B, url, body string) {
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = bufio.NewReader(resp.Body).WriteTo(discard{})
	_ = resp.Body.Close()
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkNotifications measures how long a subscriber waits for the notification of a
// transfer, from the moment it is sent, while many other sockets are open: quiet ones,
// and slow ones that subscribe to everything and read nothing.
func BenchmarkNotifications(b *testing.B) {
	for _, c := range []struct{ quiet, slow int }{{0, 0}, {1000, 0}, {9900, 100}} {
		b.Run(fmt.Sprintf("quiet=%d/slow=%d", c.quiet, c.slow), func(b *testing.B) { notifications(b, c.quiet, c.slow) })
	}
}

func notifications(b *testing.B, quiet, slow int) {
	s := serveApart(b, "memory")
	before := s.megabytes()
	const account = `{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["%s"]}`
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range (quiet + 7 - i) / 8 {
				subscribe(b, s.ws, fmt.Sprintf(account, newKey(b).PublicKey()))
			}
			for range (slow + 7 - i) / 8 {
				subscribe(b, s.ws, `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":["all"]}`)
			}
		})
	}
	all.Wait()
	runtime.GC()
	if quiet+slow > 0 {
		b.ReportMetric((s.megabytes()-before)*1e3/float64(quiet+slow), "kB/socket")
	}
	client := rpc.New(s.url)
	defer client.Close()
	from := newKey(b)
	mine := subscribe(b, s.ws, fmt.Sprintf(account, from.PublicKey()))
	if mine == nil {
		return
	}
	_, err := client.RequestAirdrop(b.Context(), from.PublicKey(), 1000*sol, "")
	require.NoError(b, err)
	_, _, err = mine.ReadMessage()
	require.NoError(b, err)
	var took []time.Duration
	busy := s.cpu()
	for i := 0; b.Loop(); i++ {
		latest, err := client.GetLatestBlockhash(b.Context(), "")
		require.NoError(b, err)
		body := transferBody(from, latest.Value.Blockhash, uint64(i+1))
		start := time.Now()
		post(b, s.url, body)
		_, _, err = mine.ReadMessage()
		took = append(took, time.Since(start))
		require.NoError(b, err)
	}
	b.ReportMetric(float64((s.cpu()-busy).Microseconds())/float64(len(took)), "server-µs/tx")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// subscribe opens a socket and waits for the answer to its subscription.
func subscribe(b *testing.B, url, message string) *websocket.Conn {
	conn, resp, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		b.Error(err)
		return nil
	}
	_ = resp.Body.Close()
	b.Cleanup(func() { _ = conn.Close() })
	if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		b.Error(err)
	}
	if _, _, err := conn.ReadMessage(); err != nil {
		b.Error(err)
	}
	return conn
}

// BenchmarkMemory measures what accounts of 200 bytes and transactions take.
func BenchmarkMemory(b *testing.B) {
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	n := localnet.New(b, localnet.Empty(), localnet.InProcess())
	start, data := heap(), make([]byte, 200)
	for i := range 100_000 {
		key := solana.PublicKey{1: byte(i), 2: byte(i >> 8), 3: byte(i >> 16), 4: 1}
		require.NoError(b, n.SetAccount(key, localnet.Account{Lamports: sol, Data: data, Owner: solana.PublicKey{9}}))
	}
	accounts := heap()
	b.ReportMetric(accounts-start, "MB/100k-accounts")
	to := newKey(b).PublicKey()
	for range 20_000 {
		require.NoError(b, n.Fund(to, sol))
	}
	full := heap()
	b.ReportMetric(full-accounts, "MB/20k-transactions")
	for range 20_000 {
		require.NoError(b, n.Fund(to, sol))
	}
	b.ReportMetric(heap()-full, "MB-more-after-20k")
	runtime.KeepAlive(n)
}
