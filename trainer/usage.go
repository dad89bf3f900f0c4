package trainer

import "github.com/decloud-sdk/decloud-go/internal/worker"

// Usage is what a worker has in use: Memory of MaxMemory bytes (see
// [Config.Memory]), and Computing of MaxComputing rounds that are trained at a
// time (see [Config.Parallel]).
type Usage = worker.Usage

// Usage is what the worker has in use now.
func (w *Worker) Usage() Usage { return worker.UsageOf(w.memory, &w.busy, w.cfg.Parallel) }
