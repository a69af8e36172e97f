#pragma once
/// A spin lock in C, with the processor's own instructions: what cases.cpp calls.

#ifdef __cplusplus
extern "C" {
#endif

extern int c_guarded;
void c_lock(void);
void c_unlock(void);

#ifdef __cplusplus
}
#endif
