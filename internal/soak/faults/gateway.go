package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/decloud-sdk/decloud-go/storage"
)

// gateway serves what is in directories of CARs, as a trustless gateway does, with faults.
type gateway struct {
	switchable
	dirs []*storage.CARDir
	srv  *http.Server
	url  string
}

func newGateway(dirs []*storage.CARDir) (*gateway, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gateway{dirs: dirs, url: "http://" + ln.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ipfs/{cid}", g.serve)
	g.srv = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = g.srv.Serve(ln) }() // until Close
	return g, nil
}

func (g *gateway) close() error { return g.srv.Close() }

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	kind := g.fault()
	switch kind {
	case GatewayAbsent:
		http.NotFound(w, r)
		return
	case GatewayHangs:
		<-r.Context().Done()
		return
	}
	car, err := g.open(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	defer car.Close()
	w.Header().Set("Content-Type", "application/vnd.ipld.car; version=1; order=dfs; dups=n")
	switch kind {
	case GatewayWrong:
		_, _ = io.Copy(w, flipped{car})
	case GatewayDrips:
		drip(r.Context(), w, car)
	case GatewayEndless:
		_, _ = io.Copy(w, io.MultiReader(io.LimitReader(car, 1000), zeros{r.Context()}))
	case GatewayCuts:
		_, _ = io.Copy(w, io.LimitReader(car, 1000))
		panic(http.ErrAbortHandler)
	default:
		_, _ = io.Copy(w, car)
	}
}

// open opens the CAR that a request is for, in whichever directory has it.
func (g *gateway) open(r *http.Request) (io.ReadCloser, error) {
	root, err := storage.ParseCID(r.PathValue("cid"))
	if err != nil {
		return nil, err
	}
	for _, d := range g.dirs {
		if car, err := d.Fetch(r.Context(), root); err == nil {
			return car, nil
		}
	}
	return nil, fmt.Errorf("%s is not here", root)
}

// flipped is a stream in which a bit of every read is another.
type flipped struct{ io.Reader }

func (f flipped) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if n > 0 {
		p[n/2] ^= 1
	}
	return n, err
}

// zeros never end, but for their context.
type zeros struct{ ctx context.Context }

func (z zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), z.ctx.Err()
}

// drip sends a byte a second.
func drip(ctx context.Context, w http.ResponseWriter, from io.Reader) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(from, b); err != nil {
			return
		}
		if _, err := w.Write(b); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
