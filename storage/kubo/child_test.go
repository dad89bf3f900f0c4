//go:build kubo && linux

package kubo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/internal/measure"
)

func TestMain(m *testing.M) {
	measure.Child(child)
	goleak.VerifyTestMain(m)
}

// child runs one operation of this package in a process of its own.
func child(args []string) error {
	op, dir, args := args[0], args[1], args[2:]
	ctx, cfg := context.Background(), storage.Config{Dir: dir}
	op, cfg.NoSync = strings.CutSuffix(op, " nosync")
	if op == "fetch" {
		for _, base := range strings.Split(args[1], " ") {
			g, err := gateway.New(base, gateway.Options{})
			if err != nil {
				return err
			}
			cfg.Fetchers = append(cfg.Fetchers, g)
		}
	}
	s, err := storage.Open(cfg)
	if err != nil {
		return err
	}
	switch op {
	case "open":
		return nil
	case "pack":
		root, err := s.Add(ctx, os.DirFS(args[0]))
		fmt.Println(root)
		return err
	case "serve":
		return serveStore(s, args)
	}
	root, err := storage.ParseCID(args[0])
	if err != nil {
		return err
	}
	switch op {
	case "verify":
		ok, err := s.Has(ctx, root)
		if err == nil && !ok {
			err = errors.New("not there")
		}
		return err
	case "fetch":
		_, err := s.Fetch(ctx, root)
		return err
	case "extract":
		return s.Extract(ctx, root, args[1])
	}
	return fmt.Errorf("unknown operation %q", op)
}

// serveStore serves s as a gateway until the input ends, with an optional pause
// before each write of an answer.
func serveStore(s *storage.Store, args []string) error {
	h := gateway.Handler(s)
	if len(args) > 0 {
		pause, err := time.ParseDuration(args[0])
		if err != nil {
			return err
		}
		fast := h
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fast.ServeHTTP(slowWriter{w, pause}, r) })
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + ln.Addr().String())
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close()
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type slowWriter struct {
	http.ResponseWriter
	pause time.Duration
}

func (w slowWriter) Write(p []byte) (int, error) {
	<-time.After(w.pause)
	return w.ResponseWriter.Write(p)
}
