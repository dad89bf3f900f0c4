package fit

import "time"

// Progress is what [Options.OnProgress] is told after a batch.
type Progress struct {
	Epoch, Epochs    int     // from 1
	Batch, Batches   int     // in this epoch, from 1
	Samples          int     // seen in all epochs so far
	Loss             float64 // cross-entropy in nats, mean over this epoch so far
	Accuracy         float64 // 0 … 1, of the batches of this epoch as they were trained on
	SamplesPerSecond float64
	Elapsed          time.Duration
	Remaining        time.Duration // at this speed
}

// Epoch is what came of one pass over the samples.
type Epoch struct {
	Loss            float64 // cross-entropy in nats, mean over the epoch, as trained on
	Accuracy        float64 // 0 … 1, of the batches as they were trained on
	HeldOutLoss     float64 // of the held-out part after the epoch, 0 without one
	HeldOutAccuracy float64
}

// Result is what came of training.
type Result struct {
	Epochs   []Epoch
	Best     int // the epoch (from 0) whose head was returned
	Steps    int // optimizer steps
	Samples  int // samples seen, counted once per epoch
	Duration time.Duration

	// Privacy is what the returned head gives away at most; nil without
	// Options.Privacy.
	Privacy *PrivacyBudget `json:",omitempty"`
	// UpdateNorm is the norm of the update before Options.Privacy clipped it: to
	// choose MaxNorm by on other samples. It is not to be published.
	UpdateNorm float64 `json:",omitempty"`
}
