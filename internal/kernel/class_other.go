//go:build !amd64

package kernel

// Best is the best class that this processor has.
func Best() Class { return Portable }

func gemmTiled(c, a, b Mat, e Epilogue, class Class)            { gemmPortable(c, a, b, e) }
func adamVector(w, g, m, v []float32, s *AdamStep, class Class) { adamPortable(w, g, m, v, s) }
func reluVector(y, x []float32, class Class)                    { reluPortable(y, x) }
func reluGradVector(dx, dy, y []float32, class Class)           { reluGradPortable(dx, dy, y) }
func greaterVector(dst, a, b []float32, _ Class)                { greaterPortable(dst, a, b) }
func mulVector(dst, a, b []float32, class Class)                { mulPortable(dst, a, b) }

func dropMaskVector([]float32, uint32, float32, uint64, Class) int { return 0 }

func slideVector(c, a Mat, w Windows, e Epilogue, _ Class) { slidePortable(c, a, w, e) }

func greaterPairsVector([]float32, []float32, Class) int { return 0 }
