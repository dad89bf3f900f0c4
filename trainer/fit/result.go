package fit

import "time"

// Progress is what [Options.OnProgress] gets after a batch. Losses are the
// cross-entropy in nats, in a regression the mean squared error.
type Progress struct {
	Epoch, Epochs    int           // from 1
	Batch, Batches   int           // in this epoch, from 1
	Samples          int           // seen in all epochs so far
	Loss             float64       // mean over this epoch so far
	Accuracy         float64       // 0 … 1, of the batches of this epoch as they were trained on
	SamplesPerSecond float64       // since the start, or since the resumption
	Elapsed          time.Duration // likewise
	Remaining        time.Duration // at this speed
}

// Epoch is the result of one pass over the samples. Losses are the cross-entropy
// in nats, in a regression the mean squared error; accuracies are 0 … 1, and 0 in
// a regression.
type Epoch struct {
	Loss            float64 // mean over the batches as they were trained on
	Accuracy        float64 // of the batches as they were trained on
	HeldOutLoss     float64 // of the held-out part after the epoch, 0 without one
	HeldOutAccuracy float64 // likewise
}

// Result describes a finished training.
type Result struct {
	Epochs   []Epoch       // in order, those before a resumption included
	Best     int           // the epoch (from 0) whose head was returned
	Steps    int           // optimizer steps
	Samples  int           // samples seen, counted once per epoch
	Duration time.Duration // of this call

	// Privacy is the most that the returned head reveals; nil without
	// Options.Privacy.
	Privacy *PrivacyBudget `json:",omitempty"`
	// UpdateNorm is the norm of the update before Options.Privacy clipped it. It
	// helps to choose MaxNorm, on other samples. Do not publish it: it carries no
	// noise.
	UpdateNorm float64 `json:",omitempty"`
}
