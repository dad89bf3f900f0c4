// Package model has the base model of the examples about digits.
package model

import _ "embed"

// Digits is what PyTorch saved after training on 100 digits, those at the start of the built-in training set: see train.py.
//
//go:embed mnist.pt
var Digits []byte

// Seen is how many digits of the training set the model has seen: train.py takes the first ones.
const Seen = 100
