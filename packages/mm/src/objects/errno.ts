/** Error returns, negative as in the kernel. */
export const ERRNO = {
  EPERM: -1,
  ESRCH: -3,
  ENOMEM: -12,
  EFAULT: -14,
  EBUSY: -16,
  EINVAL: -22,
} as const;
