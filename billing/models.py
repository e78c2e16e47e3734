"""The tables of billing, gathered for Django."""

from billing.invoices.models import (
    BatchedContribution,
    ContributionBatch,
    CreditNote,
    Deposit,
    EmployerAccount,
    FeeTerms,
    Invoice,
    InvoiceLine,
    Settlement,
    StripeInvoice,
)
from billing.ledger.models import BookClosing, Journal, Posting, RunningTotal
from billing.payment_plans.models import (
    ChargeAttempt,
    Dispute,
    Instalment,
    PaymentMethod,
    PaymentMethodSetup,
    PaymentPlan,
    PlanChange,
    Refund,
)
from billing.quotes.models import BenefitUse, Quote, QuoteLine
from billing.reconciliation.models import Difference, MatchedJournal, ReconciliationRun, StripeMovement, StripePayout
from billing.sliding_scale.models import (
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    IncomeFile,
    SlidingScaleBand,
    SlidingScaleProgramme,
    SubsidyFund,
)
from billing.stripe.models import StripeCustomer, StripePace, StripeRound
from billing.transfers.models import ClinicAccount, TransferBatch, TransferLine
from billing.work_items.models import WorkItem

__all__ = [
    "BatchedContribution",
    "BenefitUse",
    "BookClosing",
    "ChargeAttempt",
    "ClinicAccount",
    "ContributionBatch",
    "CreditNote",
    "Deposit",
    "Difference",
    "Dispute",
    "EmployerAccount",
    "FeeTerms",
    "IncomeAppeal",
    "IncomeDeclaration",
    "IncomeDocument",
    "IncomeFile",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "Journal",
    "MatchedJournal",
    "PaymentMethod",
    "PaymentMethodSetup",
    "PaymentPlan",
    "PlanChange",
    "Posting",
    "Quote",
    "QuoteLine",
    "ReconciliationRun",
    "Refund",
    "RunningTotal",
    "Settlement",
    "SlidingScaleBand",
    "SlidingScaleProgramme",
    "StripeCustomer",
    "StripeInvoice",
    "StripeMovement",
    "StripePace",
    "StripePayout",
    "StripeRound",
    "SubsidyFund",
    "TransferBatch",
    "TransferLine",
    "WorkItem",
]
