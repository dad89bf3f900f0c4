; Has a global variable, which no program may have.
@count = global i64 7

define i64 @entrypoint(ptr %input) {
  %n = load i64, ptr @count
  store i64 1, ptr @count
  ret i64 %n
}
